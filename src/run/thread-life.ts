/**
 * Whether a thread of this process still is: what no message tells whoever cannot wait for one.
 *
 * @see proc(5), /proc/thread-self and /proc/PID/task
 * @module
 */
import { existsSync, readlinkSync } from 'node:fs';

/** Number of the calling thread; 0 where there is no /proc. */
export function ownThreadId(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return 0;
  }
}

/** Whether there is a thread of that number. True for 0: it is not known to have ended. */
export function isThreadAlive(id: number): boolean {
  return id === 0 || existsSync(`/proc/self/task/${id}`);
}
