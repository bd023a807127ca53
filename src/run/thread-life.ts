/**
 * Whether a thread of this process still exists, for code that cannot wait for an exit event.
 *
 * @see proc(5), /proc/thread-self and /proc/PID/task
 * @module
 */
import { existsSync, readlinkSync } from 'node:fs';

/** Thread id (gettid(2)) of the calling thread; 0 where there is no /proc. */
export function ownThreadId(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return 0;
  }
}

/** Whether the thread exists. True for 0, because its end cannot be detected. */
export function isThreadAlive(id: number): boolean {
  return id === 0 || existsSync(`/proc/self/task/${id}`);
}
