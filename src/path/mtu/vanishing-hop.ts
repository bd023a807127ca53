/**
 * Finds the hop behind which packets of a size vanish without a word, by their TTL. Without I/O, like `MtuSearch`.
 *
 * A router looks at the TTL before it looks at the size. So a packet that is too large for the link behind hop N gets
 * "time exceeded" from each hop up to N, and nothing beyond, while a small one gets an answer from there too:
 *
 * ```text
 * small   TTL 1, 2, … at once: who answers, and how far the target is
 * large   TTL 1, 2, … up to the hop before the target
 * ```
 *
 * @see RFC 1812 §5.2.2, §5.3.1
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS } from '../../core/time.ts';

/** A probe with its TTL. */
export interface TtlProbe {
  /** Number of the probe, from 0. */
  readonly id: number;
  readonly size: number;
  readonly ttl: number;
}

/** A hop that answered. */
export interface AnsweringHop {
  readonly ttl: number;
  readonly address: string | null;
}

/** Where packets of the size vanish. */
export interface VanishingPlace {
  /** The last hop that large packets reach; TTL 0, without an address, is this host. */
  readonly after: AnsweringHop;
  /** The first hop beyond it that only small packets reach. */
  readonly before: AnsweringHop;
}

/** What to look for. */
export interface VanishingHopSpec {
  /** A size that passes, and one that does not, in octets of IP packet. */
  readonly small: number;
  readonly large: number;
  readonly maxHops: number;
  /** Time to wait for answers. */
  readonly timeoutNs: Nanos;
}

/** Probes of each size with each TTL. Routers send few messages at once: Linux six, then one a second. */
const TRIES = 2;
const GAP: Nanos = 100 * NS_PER_MS;

interface Hop {
  small: string | null | undefined;
  large: string | null | undefined;
}

/** A search for the hop. Call `begin`, then `handle…`; send what `pollTransmit` returns. */
export class VanishingHop {
  readonly #spec: VanishingHopSpec;
  readonly #probes: TtlProbe[] = [];
  readonly #hops = new Map<number, Hop>();
  readonly #outbox: TtlProbe[] = [];
  #phase: 'small' | 'large' | 'over' = 'small';
  #tries = 0;
  #nextAt: Instant = 0;
  /** TTL with which a small probe reaches the target. */
  #distance: number | null = null;

  constructor(spec: VanishingHopSpec) {
    this.#spec = spec;
  }

  begin(now: Instant): void {
    this.#send(now);
  }

  /** A router reported that the TTL of a probe was exceeded. */
  handleExceeded(id: number, from: string | null): void {
    const probe = this.#probes[id];
    if (probe) this.#note(probe, from);
  }

  /** The target answered a probe. */
  handleReached(id: number, from: string | null): void {
    const probe = this.#probes[id];
    if (!probe) return;
    this.#note(probe, from);
    this.#distance = Math.min(this.#distance ?? probe.ttl, probe.ttl);
  }

  /** Time has passed. An early call is harmless. */
  handleTimeout(now: Instant): void {
    if (this.#phase === 'over' || now < this.#nextAt) return;
    if (this.#tries === TRIES) {
      this.#phase = this.#phase === 'small' && this.#distance !== null ? 'large' : 'over';
      this.#tries = 0;
    }
    this.#send(now);
  }

  /** Next probe to send; `undefined` if there is none now. */
  pollTransmit(): TtlProbe | undefined {
    return this.#outbox.shift();
  }

  /** When to call `handleTimeout`; `undefined` at the end. */
  pollTimeout(): Instant | undefined {
    return this.#phase === 'over' ? undefined : this.#nextAt;
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** The place; `null` if no answer tells it: a large packet reached the target, or no hop answered small ones. */
  get place(): VanishingPlace | null {
    if (this.#distance === null || this.#hops.get(this.#distance)?.large !== undefined) return null;
    let after: AnsweringHop = { ttl: 0, address: null };
    for (let ttl = 1; ttl < this.#distance; ttl++) {
      const address = this.#hops.get(ttl)?.large;
      if (address !== undefined) after = { ttl, address };
    }
    for (let ttl = after.ttl + 1; ttl <= this.#distance; ttl++) {
      const address = this.#hops.get(ttl)?.small;
      if (address !== undefined) return { after, before: { ttl, address } };
    }
    return null;
  }

  #note({ ttl, size }: TtlProbe, from: string | null): void {
    const hop = this.#hops.get(ttl) ?? { small: undefined, large: undefined };
    hop[size === this.#spec.small ? 'small' : 'large'] ??= from;
    this.#hops.set(ttl, hop);
  }

  #send(now: Instant): void {
    if (this.#phase === 'over') return;
    const { small, large, maxHops, timeoutNs } = this.#spec;
    const isSmall = this.#phase === 'small';
    this.#tries++;
    this.#nextAt = now + (this.#tries === TRIES ? timeoutNs : GAP);
    for (let ttl = 1; ttl <= (this.#distance ?? maxHops); ttl++) {
      const hop = this.#hops.get(ttl);
      if ((isSmall ? hop?.small : hop?.large) !== undefined) continue;
      const probe = { id: this.#probes.length, size: isSmall ? small : large, ttl };
      this.#probes.push(probe);
      this.#outbox.push(probe);
    }
  }
}
