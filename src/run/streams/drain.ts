/**
 * When a UDP receiver has waited long enough for datagrams that are still under way.
 *
 * @module
 */
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';

/** Silence after which nothing more is expected, and the longest wait in all. */
const QUIET = 300 * NS_PER_MS;
const LIMIT = 3 * NS_PER_S;

export class Drain {
  readonly #expected: number | null;
  readonly #limitAt: Instant;
  #quietAt: Instant;

  /** @param expected - datagrams that were sent in all, if known. */
  constructor(now: Instant, expected: number | null, aborted: boolean) {
    this.#expected = expected;
    this.#limitAt = aborted ? now : now + LIMIT;
    this.#quietAt = aborted ? now : now + QUIET;
  }

  /** Takes note that something arrived. */
  handleArrival(now: Instant): void {
    this.#quietAt = now + QUIET;
  }

  isOver(now: Instant, received: number): boolean {
    return now >= this.wakeAt() || (this.#expected !== null && received >= this.#expected);
  }

  wakeAt(): Instant {
    return Math.min(this.#quietAt, this.#limitAt);
  }
}
