/**
 * When a sender begins to count, samples and ends: the sender's side of warm-up, intervals and duration.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { TestBoard } from '../../measure/test-board.ts';
import type { StreamPlan } from './stream-plan.ts';

export class SenderClock {
  /** When the measured part begins. */
  readonly countsFrom: Instant;
  /** When to stop; never for a test that ends by octets or by hand. */
  readonly endsAt: Instant;
  readonly #intervalNs: number;
  #index = 0;

  /** All senders of a direction begin when the first of them does, and so end together. */
  constructor({ spec, board, direction }: Pick<StreamPlan, 'spec' | 'board' | 'direction'>, now: Instant) {
    this.countsFrom = new TestBoard(board).window(direction).begin(now) + spec.warmup_ns;
    this.endsAt = spec.duration_ns === null ? Number.POSITIVE_INFINITY : this.countsFrom + spec.duration_ns;
    this.#intervalNs = spec.interval_ns;
  }

  /** End of the interval that is running. */
  get nextSampleAt(): Instant {
    return this.countsFrom + (this.#index + 1) * this.#intervalNs;
  }

  /** Number of the interval that has just ended, or -1 while it has not. */
  takeSample(now: Instant): number {
    return now >= this.nextSampleAt ? this.#index++ : -1;
  }

  /**
   * Time of the measured part so far.
   *
   * @param nextAt - when more would have been due at the rate asked for: n datagrams take n gaps, and the
   *   last leaves a gap before they are over
   */
  elapsed(now: Instant, nextAt: Instant = now): number {
    return Math.max(0, Math.min(Math.max(now, nextAt), this.endsAt) - this.countsFrom);
  }
}
