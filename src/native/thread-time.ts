/**
 * Processor time of the calling thread (getrusage, RUSAGE_THREAD).
 *
 * @module
 */
import { NS_PER_S, NS_PER_US } from '../core/time.ts';
import { RUSAGE_THREAD } from './constants.ts';
import type { Libc } from './libc.ts';

/** Returns a function that reads user + system time of this thread, in nanoseconds. */
export function threadTimeReader(libc: Libc): () => number {
  const usage = libc.scratch;
  const timeval = (offset: number): number =>
    usage.view.getUint32(offset, true) * NS_PER_S + usage.view.getUint32(offset + 8, true) * NS_PER_US;
  return () => (libc.getrusage(RUSAGE_THREAD, usage.address) === 0 ? timeval(0) + timeval(16) : 0);
}
