/**
 * Processor time of another process.
 *
 * @see proc_pid_stat(5)
 * @module
 */
import { join } from 'node:path';
import { NS_PER_S } from '../core/time.ts';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** USER_HZ, which is 100 in the interface to user space, independent of the kernel's tick rate. */
const TICK_NS = NS_PER_S / 100;
/** After the name in parentheses come state and numbers; of all fields, utime is the 14th and stime the 15th. */
const FIRST_AFTER_NAME = 3;
const [UTIME, STIME] = [14 - FIRST_AFTER_NAME, 15 - FIRST_AFTER_NAME];

/**
 * User and system time of a process with all its threads, in nanoseconds with a resolution of 10 ms; `null` where the
 * system does not report it. Never throws.
 */
export function readProcessCpuNs(pid: number, roots: SystemRoots = SYSTEM_ROOTS): number | null {
  const stat = readText(join(roots.proc, String(pid), 'stat'));
  // The name may contain spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
  return Number.isFinite(ticks) ? ticks * TICK_NS : null;
}
