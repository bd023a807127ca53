/**
 * How much processor time the control groups of this process allow it, and how often they throttled it.
 *
 * The quota of a group limits all groups below it, so each level up to the mount counts. In a container the mount
 * itself is the container's group, and the path in /proc/self/cgroup may be outside of it.
 *
 * @see Documentation/admin-guide/cgroup-v2.rst (cpu.max, cpu.stat), Documentation/scheduler/sched-bwc.rst
 *   (cpu.cfs_quota_us), cgroups(7), proc_pid_mountinfo(5)
 * @module
 */
import { join } from 'node:path';
import { NS_PER_US } from '../core/time.ts';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** The quota of one level of the hierarchy. */
export interface CgroupQuota {
  readonly directory: string;
  /** Processor time allowed per elapsed time: 2.0 is two cores. */
  readonly cores: number;
  readonly periodNs: number;
  /** Number of periods in which the quota was used up early; `null` where the kernel does not report it. */
  readonly throttledPeriods: number | null;
}

interface Hierarchy {
  readonly version: 1 | 2;
  readonly mount: string;
  /** Path of this process's group below the mount. */
  readonly path: string;
}

/** Reads the quotas of this process's groups, of cgroup v1 and v2; none on other systems. Never throws. */
export function readCgroupQuotas(roots: SystemRoots = SYSTEM_ROOTS): readonly CgroupQuota[] {
  const groups = readText(join(roots.proc, 'self/cgroup')) ?? '';
  const mounts = readText(join(roots.proc, 'self/mountinfo')) ?? '';
  return hierarchies(groups, mounts).flatMap(({ version, mount, path }) =>
    levels(path).flatMap((level) => quotaOf(version, join(mount, level)) ?? []),
  );
}

/**
 * Share of the elapsed time (0 to 1) in which the quota of some level was used up, between two readings; the highest of
 * all levels. `null` without a quota.
 */
export function throttledRatio(
  before: readonly CgroupQuota[],
  after: readonly CgroupQuota[],
  elapsedNs: number,
): number | null {
  const shares = after.flatMap(({ directory, periodNs, throttledPeriods: now }) => {
    const then = before.find((one) => one.directory === directory)?.throttledPeriods ?? null;
    return now === null || then === null ? [] : [Math.min(1, (Math.max(0, now - then) * periodNs) / elapsedNs)];
  });
  return shares.length === 0 ? null : Math.max(...shares);
}

/** Finds the mounts whose groups control processor time. */
function hierarchies(groups: string, mounts: string): readonly Hierarchy[] {
  return mounts.split('\n').flatMap((line) => {
    const [fields = '', rest] = line.split(' - ');
    const [, , , root = '/', mount = ''] = fields.split(' ').map(unescaped);
    const [type, , options = ''] = rest?.split(' ') ?? [];
    const version = type === 'cgroup2' ? 2 : type === 'cgroup' && options.split(',').includes('cpu') ? 1 : null;
    if (version === null) return [];
    const own = groups.split('\n').find((group) => {
      const controllers = group.split(':')[1];
      return version === 2 ? group.startsWith('0::') : controllers?.split(',').includes('cpu');
    });
    const path = own?.split(':').slice(2).join(':');
    return path === undefined ? [] : [{ version, mount, path: below(root, path) }];
  });
}

/** The part of a path below the root of a mount; empty if the path is elsewhere, as seen from another namespace. */
function below(root: string, path: string): string {
  if (path.split('/').includes('..')) return '';
  if (root === '/') return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '';
}

/** `/a/b`: itself, `/a` and the mount. */
function levels(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  return Array.from({ length: names.length + 1 }, (_, i) => names.slice(0, names.length - i).join('/'));
}

function quotaOf(version: 1 | 2, directory: string): CgroupQuota | undefined {
  const [quota, period] =
    version === 2
      ? (readText(join(directory, 'cpu.max')) ?? '').trim().split(' ').map(Number)
      : ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => Number(readText(join(directory, name)) ?? Number.NaN));
  // `max`, -1, or no such file.
  if (!quota || !period || !(quota > 0) || !(period > 0)) return undefined;
  const throttled = /^nr_throttled (\d+)$/m.exec(readText(join(directory, 'cpu.stat')) ?? '')?.[1];
  return {
    directory,
    cores: quota / period,
    periodNs: period * NS_PER_US,
    throttledPeriods: throttled === undefined ? null : Number(throttled),
  };
}

/** Spaces and some other characters are octal escapes in mountinfo. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
