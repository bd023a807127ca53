/**
 * Pacing: how much may be sent by now, and when more may be sent.
 *
 * The schedule is absolute. So a late wake-up is caught up, and the average rate is exact. But at most `MAX_CATCH_UP` is
 * caught up, because a long stall would otherwise be followed by a burst at line rate.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S, NS_PER_US } from '../core/time.ts';

/** Longest stall that a sender catches up. */
export const MAX_CATCH_UP: Nanos = 40 * NS_PER_MS;
/** Shortest time between two wake-ups of a sender. What becomes due in between is sent together. */
export const QUANTUM: Nanos = 250 * NS_PER_US;

/** The schedule of one stream. */
export class Pacer {
  readonly #nsPerUnit: number;
  readonly #maxCatchUp: Nanos;
  #startedAt: Instant;
  #sent = 0;

  /**
   * @param unitsPerSecond - rate, in the unit that `take` counts: octets or datagrams
   * @param maxCatchUp - longest stall that is caught up
   */
  constructor(unitsPerSecond: number, now: Instant, maxCatchUp: Nanos = MAX_CATCH_UP) {
    this.#nsPerUnit = NS_PER_S / unitsPerSecond;
    this.#maxCatchUp = maxCatchUp;
    this.#startedAt = now;
  }

  /** Whole units that may be sent by `now`. The first one is due at the start. */
  due(now: Instant): number {
    const behind = now - this.#startedAt - this.#sent * this.#nsPerUnit;
    if (behind > this.#maxCatchUp) this.#startedAt += behind - this.#maxCatchUp;
    return Math.floor((now - this.#startedAt) / this.#nsPerUnit) + 1 - this.#sent;
  }

  /** Counts `units` as sent. */
  take(units: number): void {
    this.#sent += units;
  }

  /** When the next unit is due. */
  nextAt(): Instant {
    return this.#startedAt + this.#sent * this.#nsPerUnit;
  }
}
