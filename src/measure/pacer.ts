/**
 * Pacing: how much may be sent by now, and when to look again.
 *
 * The schedule is absolute, so a late wake-up is made good and the average is exact; but only up to
 * `MAX_CATCH_UP`, lest a stall be followed by a burst at line rate.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S, NS_PER_US } from '../core/time.ts';

/** Longest stall that is made good. */
export const MAX_CATCH_UP: Nanos = 40 * NS_PER_MS;
/** Shortest time between two wake-ups: what falls due meanwhile leaves together. */
export const QUANTUM: Nanos = 250 * NS_PER_US;

export class Pacer {
  readonly #nsPerUnit: number;
  readonly #maxCatchUp: Nanos;
  #startedAt: Instant;
  #sent = 0;

  /**
   * @param unitsPerSecond - rate in whatever `take` counts: octets or datagrams.
   * @param maxCatchUp - longest stall that is made good
   */
  constructor(unitsPerSecond: number, now: Instant, maxCatchUp: Nanos = MAX_CATCH_UP) {
    this.#nsPerUnit = NS_PER_S / unitsPerSecond;
    this.#maxCatchUp = maxCatchUp;
    this.#startedAt = now;
  }

  /** Whole units that are due. The first is due at once. */
  due(now: Instant): number {
    const behind = now - this.#startedAt - this.#sent * this.#nsPerUnit;
    if (behind > this.#maxCatchUp) this.#startedAt += behind - this.#maxCatchUp;
    return Math.floor((now - this.#startedAt) / this.#nsPerUnit) + 1 - this.#sent;
  }

  /** Takes note of `units` sent. */
  take(units: number): void {
    this.#sent += units;
  }

  /** When the next unit is due. */
  nextAt(): Instant {
    return this.#startedAt + this.#sent * this.#nsPerUnit;
  }
}
