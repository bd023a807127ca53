/**
 * Processor time of the calling thread (CLOCK_THREAD_CPUTIME_ID).
 *
 * getrusage(RUSAGE_THREAD) has the same figure. But where the kernel accounts by ticks (CONFIG_TICK_CPU_ACCOUNTING), it
 * is only as of the last tick: it does not change for 4 ms, and then by more than the time that passed.
 *
 * @see clock_gettime(2)
 * @module
 */
import { NS_PER_S } from '../core/time.ts';
import { CLOCK_THREAD_CPUTIME_ID } from './constants.ts';
import type { Libc } from './libc.ts';

/**
 * Returns a function that reads user and system time of this thread, in nanoseconds; `null` where the clock is refused.
 */
export function threadTimeReader(libc: Pick<Libc, 'clockGettime' | 'scratch'>): () => number | null {
  const { address, view } = libc.scratch;
  return () => {
    if (libc.clockGettime(CLOCK_THREAD_CPUTIME_ID, address) !== 0) return null;
    // No thread runs for 2^32 seconds: the low half of the seconds is enough.
    return view.getUint32(0, true) * NS_PER_S + view.getUint32(8, true);
  };
}
