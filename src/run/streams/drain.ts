/**
 * Decides when a UDP receiver has waited long enough for datagrams that are still in flight.
 *
 * @module
 */
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';

/** Time without datagrams after which no more are expected, and the longest wait in total. */
const QUIET = 300 * NS_PER_MS;
const LIMIT = 3 * NS_PER_S;

/** The wait after the end of a test. */
export class Drain {
  readonly #expected: number | null;
  readonly #limitAt: Instant;
  #quietAt: Instant;

  /** @param expected - total datagrams sent; `null` if it is not known */
  constructor(now: Instant, expected: number | null, aborted: boolean) {
    this.#expected = expected;
    this.#limitAt = aborted ? now : now + LIMIT;
    this.#quietAt = aborted ? now : now + QUIET;
  }

  /** Records that datagrams were received. */
  handleArrival(now: Instant): void {
    this.#quietAt = now + QUIET;
  }

  /** Whether to stop waiting; `received` is the total so far. */
  isOver(now: Instant, received: number): boolean {
    return now >= this.wakeAt() || (this.#expected !== null && received >= this.#expected);
  }

  /** When the wait ends if nothing more is received. */
  wakeAt(): Instant {
    return Math.min(this.#quietAt, this.#limitAt);
  }
}
