/**
 * How long the calling thread was ready to run and waited for a processor.
 *
 * /proc/thread-self/schedstat has three numbers: time on a processor, time on a run queue, both in nanoseconds, and
 * time slices. The second needs CONFIG_SCHED_INFO, but not CONFIG_SCHEDSTATS. It does not include time in which the
 * quota of a control group was used up.
 *
 * @see Documentation/scheduler/sched-stats.rst, fs/proc/base.c (proc_pid_schedstat)
 * @module
 */
import { join } from 'node:path';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/**
 * Returns a function that reads the waiting time of the calling thread since it started, in nanoseconds; `null` where
 * the kernel does not report it.
 */
export function threadWaitReader(roots: SystemRoots = SYSTEM_ROOTS): () => number | null {
  const file = join(roots.proc, 'thread-self/schedstat');
  return () => {
    const [ran, waited] = (readText(file) ?? '').trim().split(' ').map(Number);
    // A kernel that does not count reports zeros, also for the time on a processor.
    return !ran || waited === undefined || !Number.isFinite(waited) ? null : waited;
  };
}
