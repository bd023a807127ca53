/**
 * Decides when a UDP receiver has waited long enough for datagrams that are still in flight, or a server for connections that
 * still wait in its queue.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';

/** Time without datagrams after which no more are expected, and the longest wait in total. */
const QUIET = 300 * NS_PER_MS;
const LIMIT = 3 * NS_PER_S;
/** Longest wait for connections: some thousands may wait, and Node takes a millisecond for each on a busy host. */
export const CONNECTIONS_LIMIT: Nanos = 7 * NS_PER_S;

/** The wait after the end of a test. */
export class Drain {
  readonly #expected: number | null;
  readonly #limitAt: Instant;
  #quietAt: Instant;

  /**
   * @param expected - total datagrams sent, or connections opened; `null` if it is not known
   * @param limit - longest wait in total
   */
  constructor(now: Instant, expected: number | null, aborted: boolean, limit: Nanos = LIMIT) {
    this.#expected = expected;
    this.#limitAt = aborted ? now : now + limit;
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
