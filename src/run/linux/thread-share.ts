/**
 * How much of a stretch of time its thread was running.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { monotonicNow } from '../monotonic.ts';

export class ThreadShare {
  readonly #threadTime: () => number;
  readonly #clock: () => Instant;
  #from: Instant | null = null;
  #used = 0;

  /** @param threadTime - processor time of this thread, in nanoseconds. */
  constructor(threadTime: () => number, clock: () => Instant = monotonicNow) {
    this.#threadTime = threadTime;
    this.#clock = clock;
  }

  begin(): void {
    this.#from = this.#clock();
    this.#used = this.#threadTime();
  }

  /**
   * 0..1 since `begin`; `null` if it did not begin or no time has passed. The processor time is read within the time
   * that passed, at both ends: otherwise a short stretch would seem to have had more of it than there was.
   */
  ratio(): number | null {
    if (this.#from === null) return null;
    const used = this.#threadTime() - this.#used;
    const passed = this.#clock() - this.#from;
    return passed > 0 ? Math.min(1, Math.max(0, used / passed)) : null;
  }
}
