/**
 * Counts of events for the device and for each peer, and the queue of events.
 *
 * A flood of invalid packets must not cause a flood of events. The first drop for a reason is reported at once,
 * the following ones together with their number after 1 s, 2 s, 4 s … at most 64 s. The counts include all.
 *
 * @module
 */

import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import type { DropReason, EventDetails, TunnelEvent } from './events.ts';

/** Shortest and longest time between two events about drops for the same reason. */
const FIRST_PAUSE = NS_PER_S;
const LONGEST_PAUSE = 64 * NS_PER_S;
/** Most events in the queue; further ones are only counted. */
const MAX_EVENTS = 4096;

interface Drops {
  count: number;
  unreported: number;
  reportedAt: Instant;
  pause: Nanos;
}

/** Counts of the device or of one peer. */
export class EventCounts {
  readonly #events = new Map<EventDetails['tag'], number>();
  readonly #drops = new Map<DropReason, Drops>();

  /** Counts an event that is not a drop. */
  countEvent(tag: EventDetails['tag'], times = 1): void {
    this.#events.set(tag, (this.#events.get(tag) ?? 0) + times);
  }

  /** Counts dropped packets. Returns the number of drops to report now, including these; 0 to report nothing yet. */
  countDrops(reason: DropReason, now: Instant, packets = 1): number {
    let drops = this.#drops.get(reason);
    if (!drops) {
      drops = { count: 0, unreported: 0, reportedAt: -Infinity, pause: FIRST_PAUSE };
      this.#drops.set(reason, drops);
    }
    drops.count += packets;
    drops.unreported += packets;
    const since = now - drops.reportedAt;
    if (since < drops.pause) return 0;
    // After a time without drops, the pause is short again.
    drops.pause =
      since >= Math.max(LONGEST_PAUSE, 2 * drops.pause) ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, 2 * drops.pause);
    const reported = drops.unreported;
    drops.unreported = 0;
    drops.reportedAt = now;
    return reported;
  }

  /** All counts by event and reason. */
  record(): Readonly<Record<string, number>> {
    const drops = [...this.#drops].map(([reason, { count }]) => [reason, count] as const);
    return Object.fromEntries([...this.#events, ...drops]);
  }
}

/** The peer that an event concerns; `null` is the device. */
type Subject = { readonly publicKey: Uint8Array; readonly counts: EventCounts } | null;

/** Counts and queues the events of a device and its peers. */
export class EventLog {
  readonly counts = new EventCounts();
  readonly #events: TunnelEvent[] = [];

  /** Counts and reports an event that is not a drop. */
  report(subject: Subject, now: Instant, event: EventDetails): void {
    (subject?.counts ?? this.counts).countEvent(event.tag);
    this.#push(subject, now, event);
  }

  /** Counts dropped packets and reports them if it is time. `detail` is called only for a report. */
  drop(subject: Subject, now: Instant, reason: DropReason, packets = 1, detail?: () => string): void {
    const count = (subject?.counts ?? this.counts).countDrops(reason, now, packets);
    if (count > 0) this.#push(subject, now, { tag: 'dropped', reason, count, detail: detail?.() ?? null });
  }

  /** Takes the next event from the queue. */
  poll(): TunnelEvent | undefined {
    return this.#events.shift();
  }

  #push(subject: Subject, now: Instant, event: EventDetails): void {
    if (this.#events.length >= MAX_EVENTS) return;
    this.#events.push({ ...withPlainEndpoints(event), peer: subject?.publicKey ?? null, at: now });
  }
}

/** Copies the endpoints of an event with address and port only, since those of a driver may contain more. */
function withPlainEndpoints(event: EventDetails): EventDetails {
  switch (event.tag) {
    case 'roamed':
      return { ...event, from: plain(event.from), to: plain(event.to) };
    case 'initiation-received':
    case 'response-received':
      return { ...event, from: plain(event.from) };
    case 'initiation-sent':
    case 'response-sent':
    case 'cookie-sent':
      return { ...event, to: plain(event.to) };
    default:
      return event;
  }
}

function plain({ address, port }: Endpoint): Endpoint {
  return { address, port };
}
