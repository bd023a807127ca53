/**
 * Looks at the progress of a test once a second by the clock, whether or not anything has passed.
 *
 * @module
 */
import { type Instant, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { hasPassed, Progress, type ProgressRow } from '../../measure/flow/progress.ts';
import { monotonicNow } from '../monotonic.ts';
import type { ServerTest } from './server-test.ts';

const INTERVAL = NS_PER_S;
/** What is left at the end of a test has a row if it is the only one, or longer than this and not the mere end of the test. */
const SHORTEST = 100 * NS_PER_MS;

export class ProgressRows {
  readonly #progress: Progress;
  readonly #onRow: (row: ProgressRow) => void;
  readonly #startedAt: Instant;
  #lookedAt: Instant;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** Begins now. */
  constructor({ spec, board }: ServerTest, onRow: (row: ProgressRow) => void) {
    this.#startedAt = monotonicNow();
    this.#lookedAt = this.#startedAt;
    this.#progress = new Progress(spec, board, this.#startedAt);
    this.#onRow = onRow;
    this.#schedule();
  }

  /** Shows what is left. */
  finish(): void {
    this.cancel();
    const now = monotonicNow();
    const isOnly = this.#lookedAt === this.#startedAt;
    if (isOnly ? now <= this.#startedAt : now - this.#lookedAt < SHORTEST) return;
    const row = this.#progress.take(now);
    // Both ends agree on the result after the last octet: that is no time of the test.
    if (isOnly || hasPassed(row)) this.#onRow(row);
  }

  cancel(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** A timer that is late makes its row longer, not the next one later. */
  #schedule(): void {
    // A row that its watcher could not take ends the client, and with it these.
    if (this.#isOver) return;
    const elapsed = this.#lookedAt - this.#startedAt;
    const next = this.#startedAt + (Math.floor(elapsed / INTERVAL) + 1) * INTERVAL;
    this.#timer = setTimeout(() => this.#look(next), Math.max(1, Math.ceil((next - monotonicNow()) / NS_PER_MS)));
  }

  #look(due: Instant): void {
    const now = monotonicNow();
    // A timer of Node's may be early by a fraction of a millisecond.
    if (now >= due) this.#show(now);
    this.#schedule();
  }

  #show(now: Instant): void {
    this.#lookedAt = now;
    this.#onRow(this.#progress.take(now));
  }
}
