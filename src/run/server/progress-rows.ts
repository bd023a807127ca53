/**
 * Reads the progress of a test once a second, whether or not data is received.
 *
 * @module
 */
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { hasPassed, Progress, type ProgressRow } from '../../measure/flow/progress.ts';
import { monotonicNow } from '../monotonic.ts';
import type { ServerTest } from './server-test.ts';

const INTERVAL = NS_PER_S;
/** The remainder at the end of a test gets a row if it is the only row, or if it is longer than this and has data. */
const SHORTEST = 100 * NS_PER_MS;

/** Calls a handler with a row each second, and with the remainder at the end. */
export class ProgressRows {
  readonly #progress: Progress;
  readonly #onRow: (row: ProgressRow) => void;
  readonly #startedAt: Instant;
  #lastRowAt: Instant;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** Starts the timer. */
  constructor({ spec, board }: ServerTest, onRow: (row: ProgressRow) => void) {
    this.#startedAt = monotonicNow();
    this.#lastRowAt = this.#startedAt;
    this.#progress = new Progress(spec, board, this.#startedAt);
    this.#onRow = onRow;
    this.#schedule();
  }

  /** Stops, and reports the remainder. */
  finish(): void {
    this.cancel();
    const now = monotonicNow();
    const isOnly = this.#lastRowAt === this.#startedAt;
    if (isOnly ? now <= this.#startedAt : now - this.#lastRowAt < SHORTEST) return;
    const row = this.#progress.take(now);
    // After the last octet both ends exchange the result: that time does not belong to the test.
    if (isOnly || hasPassed(row)) this.#onRow(row);
  }

  /** Stops without a last row. */
  cancel(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** If a timer is late, its row is longer, and the next row is not delayed. */
  #schedule(): void {
    // If the handler of a row throws, the client ends, and these rows with it.
    if (this.#isOver) return;
    const elapsed = this.#lastRowAt - this.#startedAt;
    const next = this.#startedAt + (Math.floor(elapsed / INTERVAL) + 1) * INTERVAL;
    this.#timer = setTimeout(
      () => this.#handleTimer(next),
      Math.max(1, Math.ceil((next - monotonicNow()) / NS_PER_MS)),
    );
  }

  #handleTimer(due: Instant): void {
    const now = monotonicNow();
    // Node's timers may fire early by a fraction of a millisecond.
    if (now >= due) this.#show(now);
    this.#schedule();
  }

  #show(now: Instant): void {
    this.#lastRowAt = now;
    this.#onRow(this.#progress.take(now));
  }
}
