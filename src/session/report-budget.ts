/**
 * Bounds the number of reports that a server may send during a test. A client stores them, so without a bound a
 * hostile server could exhaust its memory.
 *
 * @module
 */
import type { TestSpec } from '../core/shapes/spec.ts';
import type { Instant, Nanos } from '../core/time.ts';

/** Additional intervals: the first and the last are shorter, and clocks differ. */
const SPARE_INTERVALS = 64;

/** Counts the reports of one kind against the number that the elapsed time allows. */
export class ReportBudget {
  readonly #streams: number;
  readonly #intervalNs: Nanos;
  readonly #startedAt: Instant;
  #taken = 0;

  /** @param startedAt - a time not later than the server's own start of the test */
  constructor(spec: Pick<TestSpec, 'streams' | 'interval_ns'>, startedAt: Instant) {
    this.#streams = spec.streams;
    this.#intervalNs = spec.interval_ns;
    this.#startedAt = startedAt;
  }

  /**
   * Counts `count` more reports, each of one interval and stream; false if there are more than the elapsed time allows.
   */
  take(count: number, now: Instant): boolean {
    this.#taken += count;
    const intervals = (now - this.#startedAt) / this.#intervalNs + SPARE_INTERVALS;
    return this.#taken <= intervals * this.#streams;
  }
}
