/**
 * How many more descriptors this process can open.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Descriptors that can still be opened (RLIMIT_NOFILE, proc_pid_limits(5)); `null` without /proc. Never throws. */
export function spareDescriptors(roots: SystemRoots = SYSTEM_ROOTS): number | null {
  const limits = readText(join(roots.proc, 'self/limits')) ?? '';
  const limit = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  if (Number.isNaN(limit)) return null;
  try {
    return Math.max(0, limit - readdirSync(join(roots.proc, 'self/fd')).length);
  } catch {
    // Not readable (see readText()), or EMFILE: no descriptor is left to list the folder.
    return 0;
  }
}
