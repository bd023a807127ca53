/**
 * The share of a period in which a thread was running, and in which it waited for a processor.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { monotonicNow } from '../monotonic.ts';
import type { ThreadUse } from '../streams/stream-reports.ts';
import type { LinuxThread } from './stream.ts';

/** Measures the calling thread from `begin` on. */
export class ThreadShare {
  readonly #thread: Pick<LinuxThread, 'threadTime' | 'waitTime'>;
  readonly #clock: () => Instant;
  #from: Instant | null = null;
  #used: number | null = null;
  #waited: number | null = null;

  constructor(thread: Pick<LinuxThread, 'threadTime' | 'waitTime'>, clock: () => Instant = monotonicNow) {
    this.#thread = thread;
    this.#clock = clock;
  }

  begin(): void {
    // Read before the period begins, so that the time for reading is not included.
    this.#waited = this.#thread.waitTime();
    this.#from = this.#clock();
    this.#used = this.#thread.threadTime();
  }

  /**
   * Shares from 0 to 1 since `begin`; `null` if it was not called or no time has passed. At both ends the processor
   * time is read inside the period: otherwise the share of a short period could be above 1.
   */
  use(): ThreadUse {
    const ran = this.#thread.threadTime();
    const passed = this.#from === null ? 0 : this.#clock() - this.#from;
    const now = this.#thread.waitTime();
    const share = (now: number | null, before: number | null): number | null =>
      now === null || before === null || passed <= 0 ? null : Math.min(1, Math.max(0, (now - before) / passed));
    return { thread_ratio: share(ran, this.#used), wait_ratio: share(now, this.#waited) };
  }
}
