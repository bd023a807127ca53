/**
 * How far the probes of one flow go: the search for the TTL that reaches the target.
 *
 * A first round does not send all TTLs at once. A Linux host answers six datagrams to closed ports at once and then one a
 * second (`net.ipv4.icmp_ratelimit`, XRLIM_BURST_FACTOR of net/ipv4/route.c), so probes beyond the target use up its
 * answers, and look like loss. Instead a window of TTLs beyond the last hop that answered is in flight. Hops that do not
 * answer do not hold it up for long: after a while without an answer it moves on.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS } from '../../core/time.ts';

/** TTLs beyond the last hop that answered that are in flight in the first round. */
const WINDOW = 4;
/** Without any answer so far, the window moves on after this time; later after twice the longest round trip. */
const FIRST_STALL_NS: Nanos = 250 * NS_PER_MS;
const LEAST_STALL_NS: Nanos = 50 * NS_PER_MS;

/** The sweep of one flow. */
export class FlowSweep {
  readonly #maxHops: number;
  #sent = 0;
  #highest = 0;
  #window = WINDOW;
  #movedAt: Instant = 0;
  #longestNs: Nanos = 0;
  /** TTL at which the target answers, or a router that does not deliver; `null` as long as it is not known. */
  end: number | null = null;
  /** TTL at which another flow found the end: no probe goes beyond it, unless a router answers there. */
  expectedEnd: number | null = null;

  constructor(maxHops: number) {
    this.#maxHops = maxHops;
  }

  /** Greatest TTL that was sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether no TTL is left that the first round would have to send. */
  get isExhausted(): boolean {
    return this.#sent >= this.#most;
  }

  /** Greatest TTL of a later round: that of the target, or some beyond the last hop that answers. */
  get reach(): number {
    return this.end ?? Math.min(this.#most, this.#highest + WINDOW);
  }

  /** The next TTL that the first round sends now; `undefined` for none at this time. */
  next(now: Instant): number | undefined {
    if (this.#sent >= Math.min(this.#most, this.#highest + this.#window)) return undefined;
    this.#movedAt = now;
    return ++this.#sent;
  }

  /** When the window moves on without an answer; `undefined` if there is nothing left to send. */
  stallsAt(): Instant | undefined {
    if (this.isExhausted || this.#sent === 0) return undefined;
    const wait = this.#longestNs === 0 ? FIRST_STALL_NS : Math.max(LEAST_STALL_NS, 2 * this.#longestNs);
    return this.#movedAt + wait;
  }

  /** Moves the window on, if it is time. */
  handleTimeout(now: Instant): void {
    const at = this.stallsAt();
    if (at !== undefined && now >= at) this.#window = this.#sent - this.#highest + WINDOW;
  }

  /** A router answered with "time exceeded". */
  sawRouter(ttl: number, rttNs: Nanos): void {
    this.#longestNs = Math.max(this.#longestNs, rttNs);
    if (ttl > this.#highest) {
      this.#highest = ttl;
      this.#window = WINDOW;
    }
    if (this.expectedEnd !== null && ttl >= this.expectedEnd) this.expectedEnd = null;
    // The path became longer: the target is further away than it was.
    if (this.end !== null && ttl >= this.end) {
      this.end = null;
      this.#sent = Math.max(this.#sent, ttl);
    }
  }

  /** The target answered, or a router said that it does not deliver. */
  sawEnd(ttl: number, rttNs: Nanos): void {
    this.#longestNs = Math.max(this.#longestNs, rttNs);
    if (this.end === null || ttl < this.end) this.end = ttl;
  }

  get #most(): number {
    return this.end ?? this.expectedEnd ?? this.#maxHops;
  }
}
