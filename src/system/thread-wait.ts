/**
 * How long the calling thread could have run and had no processor.
 *
 * /proc/thread-self/schedstat has three numbers: time on a processor, time on a run queue, both in nanoseconds, and
 * time slices. The second needs CONFIG_SCHED_INFO and no CONFIG_SCHEDSTATS. Time in which a control group's quota is
 * used up is not in it.
 *
 * @see Documentation/scheduler/sched-stats.rst, fs/proc/base.c (proc_pid_schedstat)
 * @module
 */
import { join } from 'node:path';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Returns a function that reads the time of whichever thread calls it; it gives `null` where that is not told. */
export function threadWaitReader(roots: SystemRoots = SYSTEM_ROOTS): () => number | null {
  const file = join(roots.proc, 'thread-self/schedstat');
  return () => {
    const [ran, waited] = (readText(file) ?? '').trim().split(' ').map(Number);
    // A kernel that does not count has zeros, also for the time that this thread ran.
    return !ran || waited === undefined || !Number.isFinite(waited) ? null : waited;
  };
}
