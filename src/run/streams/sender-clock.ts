/**
 * When a sender begins to count, takes samples, and ends: warm-up, intervals and duration at the sending end.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { TestBoard } from '../../measure/test-board.ts';
import type { StreamPlan } from './stream-plan.ts';

/** The schedule of one sender. */
export class SenderClock {
  /** When the measured part begins. */
  readonly countsFrom: Instant;
  /** When to stop; infinity for a test that ends after a number of octets, or by its user. */
  readonly endsAt: Instant;
  readonly #intervalNs: number;
  #index = 0;

  /** All senders of a direction use the start time of the first one, so that they end together. */
  constructor({ spec, board, direction }: Pick<StreamPlan, 'spec' | 'board' | 'direction'>, now: Instant) {
    this.countsFrom = new TestBoard(board).window(direction).begin(now) + spec.warmup_ns;
    this.endsAt = spec.duration_ns === null ? Number.POSITIVE_INFINITY : this.countsFrom + spec.duration_ns;
    this.#intervalNs = spec.interval_ns;
  }

  /** End of the current interval. */
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
   * @param nextAt - when the next datagram would be due at the requested rate: n datagrams take n gaps, so the gap
   *   after the last one counts too
   */
  elapsed(now: Instant, nextAt: Instant = now): number {
    return Math.max(0, Math.min(Math.max(now, nextAt), this.endsAt) - this.countsFrom);
  }
}
