/**
 * How much of a stretch of time its thread was running.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';

export class ThreadShare {
  readonly #threadTime: () => number;
  #from: Instant = 0;
  #used = 0;

  /** @param threadTime - processor time of this thread, in nanoseconds. */
  constructor(threadTime: () => number) {
    this.#threadTime = threadTime;
  }

  begin(now: Instant): void {
    this.#from = now;
    this.#used = this.#threadTime();
  }

  /** 0..1 since `begin`; `null` if it did not begin or no time has passed. */
  ratio(now: Instant): number | null {
    return this.#from === 0 || now <= this.#from ? null : (this.#threadTime() - this.#used) / (now - this.#from);
  }
}
