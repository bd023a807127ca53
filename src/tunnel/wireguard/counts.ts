/**
 * Events by name and number, for the device and for each peer, and the events themselves until they
 * are fetched.
 *
 * A flood of bad packets must not become a flood of events: of drops for one reason the first is told
 * at once, the others with their number after 1 s, 2 s, 4 s … at most 64 s. The counts miss nothing.
 *
 * @module
 */

import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import type { DropReason, Happening, TunnelEvent } from './events.ts';

/** Pauses between what is told of drops for the same reason. */
const FIRST_PAUSE = NS_PER_S;
const LONGEST_PAUSE = 64 * NS_PER_S;
/** Events kept when nobody fetches them; later ones are only counted. */
const MAX_EVENTS = 4096;

interface Drops {
  count: number;
  untold: number;
  toldAt: Instant;
  pause: Nanos;
}

export class Counts {
  readonly #happenings = new Map<Happening['tag'], number>();
  readonly #drops = new Map<DropReason, Drops>();

  happened(tag: Happening['tag'], times = 1): void {
    this.#happenings.set(tag, (this.#happenings.get(tag) ?? 0) + times);
  }

  /** Returns how many drops are to be told of now, this one included; 0 to keep silent. */
  dropped(reason: DropReason, now: Instant, packets = 1): number {
    let drops = this.#drops.get(reason);
    if (!drops) {
      drops = { count: 0, untold: 0, toldAt: -Infinity, pause: FIRST_PAUSE };
      this.#drops.set(reason, drops);
    }
    drops.count += packets;
    drops.untold += packets;
    const since = now - drops.toldAt;
    if (since < drops.pause) return 0;
    // What rested begins anew.
    drops.pause =
      since >= Math.max(LONGEST_PAUSE, 2 * drops.pause) ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, 2 * drops.pause);
    const told = drops.untold;
    drops.untold = 0;
    drops.toldAt = now;
    return told;
  }

  record(): Readonly<Record<string, number>> {
    const drops = [...this.#drops].map(([reason, { count }]) => [reason, count] as const);
    return Object.fromEntries([...this.#happenings, ...drops]);
  }
}

/** Whom a happening concerns; `null` is the device. */
type Subject = { readonly publicKey: Uint8Array; readonly counts: Counts } | null;

export class EventLog {
  readonly counts = new Counts();
  readonly #events: TunnelEvent[] = [];

  tell(subject: Subject, now: Instant, happening: Happening): void {
    (subject?.counts ?? this.counts).happened(happening.tag);
    this.#push(subject, now, happening);
  }

  drop(subject: Subject, now: Instant, reason: DropReason, packets = 1, detail?: () => string): void {
    const count = (subject?.counts ?? this.counts).dropped(reason, now, packets);
    if (count > 0) this.#push(subject, now, { tag: 'dropped', reason, count, detail: detail?.() ?? null });
  }

  /** The next event that nobody has seen. */
  poll(): TunnelEvent | undefined {
    return this.#events.shift();
  }

  #push(subject: Subject, now: Instant, happening: Happening): void {
    if (this.#events.length >= MAX_EVENTS) return;
    this.#events.push({ ...withPlainEndpoints(happening), peer: subject?.publicKey ?? null, at: now });
  }
}

/** A driver's endpoints may carry more than address and port, which is no business of whoever reads events. */
function withPlainEndpoints(happening: Happening): Happening {
  switch (happening.tag) {
    case 'roamed':
      return { ...happening, from: plain(happening.from), to: plain(happening.to) };
    case 'initiation-received':
    case 'response-received':
      return { ...happening, from: plain(happening.from) };
    case 'initiation-sent':
    case 'response-sent':
    case 'cookie-sent':
      return { ...happening, to: plain(happening.to) };
    default:
      return happening;
  }
}

function plain({ address, port }: Endpoint): Endpoint {
  return { address, port };
}
