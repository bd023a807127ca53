import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCgroupQuotas, throttledRatio } from '../../../src/system/cgroup-quota.ts';
import type { SystemRoots } from '../../../src/system/files/kernel-files.ts';
import { fakeSystem } from './fake-system.ts';

/** A tree with mounts at `sys/fs/cgroup…`; `$SYS` in a file is where the tree is. */
function system(files: Readonly<Record<string, string>>): SystemRoots {
  const place = fakeSystem(files);
  const text = (files['proc/self/mountinfo'] ?? '').replaceAll('$SYS', place.sys);
  return { ...place, proc: fakeSystem({ ...files, 'proc/self/mountinfo': text }).proc };
}

const shown = (roots: SystemRoots): readonly unknown[] =>
  readCgroupQuotas(roots).map(({ directory, cores, periodNs, throttledPeriods }) => [
    directory.slice(join(roots.sys, 'fs/cgroup').length),
    cores,
    periodNs / 1e6,
    throttledPeriods,
  ]);

const V2 = '30 23 0:26 / $SYS/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1 = [
  '25 24 0:22 / $SYS/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
  '26 25 0:23 / $SYS/fs/cgroup/cpuset rw shared:5 - cgroup cgroup rw,cpuset',
  '27 25 0:24 / $SYS/fs/cgroup/cpu,cpuacct rw shared:6 - cgroup cgroup rw,cpu,cpuacct',
  '28 25 0:25 / $SYS/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  '',
].join('\n');
const STAT = (throttled: number): string =>
  `usage_usec 1\nuser_usec 1\nsystem_usec 0\nnr_periods 90\nnr_throttled ${throttled}\nthrottled_usec 12\n`;

describe('readCgroupQuotas()', () => {
  test('version 2: every level up to the mount counts', () => {
    const roots = system({
      'proc/self/cgroup': '0::/a.slice/b.service\n',
      'proc/self/mountinfo': V2,
      'sys/fs/cgroup/cpu.stat': STAT(0),
      'sys/fs/cgroup/a.slice/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/a.slice/cpu.stat': STAT(3),
      'sys/fs/cgroup/a.slice/b.service/cpu.max': '25000 50000\n',
      'sys/fs/cgroup/a.slice/b.service/cpu.stat': STAT(7),
      // Not ours.
      'sys/fs/cgroup/other/cpu.max': '1000 100000\n',
    });
    expect(shown(roots)).toEqual([
      ['/a.slice/b.service', 0.5, 50, 7],
      ['/a.slice', 1.5, 100, 3],
    ]);
  });

  test('version 1, with version 2 mounted for other controllers', () => {
    const roots = system({
      'proc/self/cgroup': '3:cpuset:/\n1:cpu,cpuacct:/docker/c0ffee\n0::/elsewhere\n',
      'proc/self/mountinfo': V1,
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/docker/c0ffee/cpu.cfs_quota_us': '250000\n',
      'sys/fs/cgroup/cpu,cpuacct/docker/c0ffee/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/docker/c0ffee/cpu.stat': 'nr_periods 5\nnr_throttled 4\nthrottled_time 99\n',
    });
    expect(shown(roots)).toEqual([['/cpu,cpuacct/docker/c0ffee', 2.5, 100, 4]]);
  });

  test.each([
    ['the mount is the own group, the path is that of the host', '/docker/c0ffee', '/docker/c0ffee'],
    ['the path is below the group that is mounted', '/docker/c0ffee/x', '/docker/c0ffee'],
    ['the namespace hides where it is', '/', '/docker/c0ffee'],
    ['the path leaves the namespace', '/../other', '/'],
  ])('in a container: %s', (_name, path, root) => {
    const roots = system({
      'proc/self/cgroup': `0::${path}\n`,
      'proc/self/mountinfo': V2.replace(' / ', ` ${root} `),
      'sys/fs/cgroup/cpu.max': '200000 100000\n',
      'sys/fs/cgroup/other/cpu.max': '1000 100000\n',
    });
    expect(shown(roots)).toEqual([['', 2, 100, null]]);
  });

  test('a mount point with a space in its name', () => {
    const roots = system({
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': V2.replace('/fs/cgroup', '/fs/cgroup/my\\040groups'),
      'sys/fs/cgroup/my groups/cpu.max': '50000 100000\n',
    });
    expect(shown(roots)).toEqual([['/my groups', 0.5, 100, null]]);
  });

  test.each([['max 100000\n'], [''], ['0 100000\n'], ['x y\n'], ['100000 0\n']])('%j is no quota', (text) => {
    const files = { 'proc/self/cgroup': '0::/\n', 'proc/self/mountinfo': V2, 'sys/fs/cgroup/cpu.max': text };
    expect(readCgroupQuotas(system(files))).toEqual([]);
  });

  test('without these files there is no quota', () => expect(readCgroupQuotas(fakeSystem({}))).toEqual([]));
});

describe('throttledRatio()', () => {
  const level = (directory: string, throttledPeriods: number | null, periodNs = 100e6) => ({
    directory,
    cores: 1,
    periodNs,
    throttledPeriods,
  });

  test('is the share of throttled periods, at the level where it was highest', () => {
    const before = [level('/a', 10), level('/', 5)];
    expect(throttledRatio(before, [level('/a', 40), level('/', 6)], 5e9)).toBeCloseTo(0.6, 12);
    expect(throttledRatio(before, [level('/a', 10), level('/', 5)], 5e9)).toBe(0);
    // A period that ends just after the window began.
    expect(throttledRatio(before, [level('/a', 21), level('/', 5)], 1e9)).toBe(1);
  });

  test.each([
    ['there is no quota', [], []],
    ['it is not told', [level('/a', null)], [level('/a', null)]],
    ['the process came into a group meanwhile', [], [level('/a', 7)]],
  ])('is unknown when %s', (_name, before, after) => expect(throttledRatio(before, after, 1e9)).toBeNull());
});
