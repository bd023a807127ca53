/**
 * How much of a stretch of time its thread was running, and how much of it it waited for a processor.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { monotonicNow } from '../monotonic.ts';
import type { ThreadUse } from '../streams/stream-reports.ts';
import type { LinuxThread } from './stream.ts';

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
    // Before the stretch, so that the look at it is in neither.
    this.#waited = this.#thread.waitTime();
    this.#from = this.#clock();
    this.#used = this.#thread.threadTime();
  }

  /**
   * Shares 0..1 since `begin`; `null` if it did not begin or no time has passed. The processor time is read within the
   * time that passed, at both ends: otherwise a short stretch would seem to have had more of it than there was.
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
