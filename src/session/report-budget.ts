/**
 * How much a server may report of a test while it runs. A client keeps what it is told: without a bound, a hostile
 * server could fill its memory.
 *
 * @module
 */
import type { TestSpec } from '../core/shapes/spec.ts';
import type { Instant, Nanos } from '../core/time.ts';

/** Intervals beyond those that fit in the time: the first and last are cut short, and clocks differ. */
const SPARE_INTERVALS = 64;

export class ReportBudget {
  readonly #streams: number;
  readonly #intervalNs: Nanos;
  readonly #startedAt: Instant;
  #taken = 0;

  /** @param startedAt - not after the server's own start */
  constructor(spec: Pick<TestSpec, 'streams' | 'interval_ns'>, startedAt: Instant) {
    this.#streams = spec.streams;
    this.#intervalNs = spec.interval_ns;
    this.#startedAt = startedAt;
  }

  /** Takes `count` rows, or samples, of one interval and stream each; false if the time that has passed has fewer. */
  take(count: number, now: Instant): boolean {
    this.#taken += count;
    const intervals = (now - this.#startedAt) / this.#intervalNs + SPARE_INTERVALS;
    return this.#taken <= intervals * this.#streams;
  }
}
