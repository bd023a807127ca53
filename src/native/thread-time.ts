/**
 * Processor time of the calling thread (CLOCK_THREAD_CPUTIME_ID).
 *
 * getrusage(RUSAGE_THREAD) would say the same, but where the kernel accounts by ticks (CONFIG_TICK_CPU_ACCOUNTING)
 * only as of the last tick: 4 ms of nothing, and then more than the time that passed.
 *
 * @see clock_gettime(2)
 * @module
 */
import { NS_PER_S } from '../core/time.ts';
import { CLOCK_THREAD_CPUTIME_ID } from './constants.ts';
import type { Libc } from './libc.ts';

/** Returns a function that reads user + system time of this thread, in nanoseconds; `null` where it is not told. */
export function threadTimeReader(libc: Pick<Libc, 'clockGettime' | 'scratch'>): () => number | null {
  const { address, view } = libc.scratch;
  return () => {
    if (libc.clockGettime(CLOCK_THREAD_CPUTIME_ID, address) !== 0) return null;
    // A thread has not run for 2^32 seconds.
    return view.getUint32(0, true) * NS_PER_S + view.getUint32(8, true);
  };
}
