import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CpuMeter, hostUse, parseCpuList, parseProcStat } from '../../../src/system/cpu.ts';
import { fakeSystem } from './fake-system.ts';

//                     user nice sys idle iowait irq softirq steal guest guest_nice
const BEFORE = `cpu  100 10 50 1000 20 3 7 40 60 5
cpu0 50 5 25 500 10 2 4 20 30 3
cpu1 50 5 25 500 10 1 3 20 30 2
intr 5194523 0 0
ctxt 12345
`;

test('parseProcStat() counts guest time once, and does not count steal as busy', () => {
  const cpu0 = { busy: 86, total: 616, softirq: 4 };
  const cpu1 = { busy: 84, total: 614, softirq: 3 };
  expect(parseProcStat(BEFORE)).toEqual({
    busy: 170,
    softirq: 7,
    total: 170 + 1000 + 20 + 40,
    processors: new Map([
      [0, cpu0],
      [1, cpu1],
    ]),
  });
});

test('parseProcStat() reads the four columns of an old kernel', () => {
  const ticks = { busy: 6, softirq: null, total: 10 };
  expect(parseProcStat('cpu  1 2 3 4\ncpu0 1 2 3 4\n')).toEqual({ ...ticks, processors: new Map([[0, ticks]]) });
});

test.each(['', 'cpu\n', 'cpu0 1 2 3 4\n', 'cpu  1 2 3\n', 'cpu  a b c d\n'])('parseProcStat() refuses %j', (text) => {
  expect(parseProcStat(text)).toBeNull();
});

test.each([
  ['0-3', [0, 1, 2, 3]],
  ['1', [1]],
  ['0,2-3,8', [0, 2, 3, 8]],
  ['', []],
])('parseCpuList() reads %j', (text, list) => expect([...parseCpuList(text)]).toEqual(list));

const ticks = (busy: number, total: number) => ({ busy, total });
const hostOf = (busy: number, softirq: number, total: number, ...each: readonly (readonly [number, number])[]) => ({
  ...ticks(busy, total),
  softirq,
  processors: new Map(each.map(([one, all], number) => [number, ticks(one, all)])),
});

test('hostUse() is the share of busy ticks in cores, of all processors and of the allowed ones', () => {
  const before = hostOf(170, 7, 1230, [100, 615], [70, 615]);
  // 100 ticks of both processors together: 60 busy, 15 of them softirq; 45 of the first, 15 of the second.
  const after = hostOf(230, 22, 1330, [145, 665], [85, 665]);
  expect(hostUse(before, after, null)).toEqual({ busyCores: 1.2, softirqCores: 0.3, allowedBusyCores: null });
  expect(hostUse(before, after, new Set([0]))?.allowedBusyCores).toBeCloseTo(0.9, 12);
  expect(hostUse(before, after, new Set([1]))?.allowedBusyCores).toBeCloseTo(0.3, 12);
  expect(hostUse(before, after, new Set([0, 1]))?.allowedBusyCores).toBeCloseTo(1.2, 12);
  expect(hostUse(before, before, null)).toBeNull();
  expect(hostUse(before, { ...before, total: 1200 }, null)).toBeNull();
  // iowait went back, so busy appears to exceed the total.
  expect(hostUse(before, { ...before, busy: 180, total: 1235 }, null)?.busyCores).toBe(2);
});

const LATER =
  'cpu  160 10 70 1050 30 13 17 80 90 5\ncpu0 100 5 45 525 10 2 4 30 30 3\ncpu1 60 5 25 525 20 11 13 50 60 2\n';
const STATUS = 'Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t0,4-7\nMems_allowed:\t1\n';

/** A meter over made-up files, and what sets its clock forward by ms. */
function meterOf(files: Readonly<Record<string, string>>) {
  const roots = fakeSystem(files);
  let now = 0n;
  const meter = new CpuMeter(roots, () => now);
  const pass = (ms: number): void => {
    now += BigInt(ms * 1e6);
  };
  return { roots, meter, pass };
}

test('CpuMeter reports the host between construction and reading', () => {
  const { roots, meter, pass } = meterOf({ 'proc/stat': BEFORE, 'proc/self/status': STATUS });
  pass(1000);
  expect(meter.read()).toMatchObject({ softirq_ratio: null, host_busy_cores: null });
  // Of 200 ticks: 60 user, 20 system, 10 softirq, 10 irq; 50 idle, 10 iowait, 40 stolen.
  writeFileSync(join(roots.proc, 'stat'), LATER);
  const facts = meter.read({ busiest_thread_ratio: 0.75, thread_wait_ratio: 0.2 });
  expect(facts.host_busy_cores).toBeCloseTo(1.0, 12);
  expect(facts.softirq_ratio).toBeCloseTo(0.1, 12);
  expect([facts.busiest_thread_ratio, facts.thread_wait_ratio]).toEqual([0.75, 0.2]);
  // The first processor: 70 of 105 ticks. Those that could be, but are not there, do not count.
  expect([facts.cores, facts.allowed_cores]).toEqual([2, 1]);
  expect(facts.allowed_busy_cores).toBeCloseTo(70 / 105, 12);
});

test('CpuMeter reports the quota of its control group, and how often it was used up', () => {
  const own = { 'proc/stat': BEFORE, 'proc/self/cgroup': '0::/a\n', 'sys/fs/cgroup/a/cpu.max': '50000 100000\n' };
  const { roots, meter, pass } = meterOf({ ...own, 'sys/fs/cgroup/a/cpu.stat': 'nr_throttled 5\n' });
  expect(meter.read()).toMatchObject({ quota_cores: null, throttled_ratio: null });
  const mount = `30 23 0:26 / ${roots.sys}/fs/cgroup rw - cgroup2 cgroup2 rw\n`;
  writeFileSync(join(roots.proc, 'self/mountinfo'), mount);
  let now = 0n;
  const again = new CpuMeter(roots, () => now);
  writeFileSync(join(roots.sys, 'fs/cgroup/a/cpu.stat'), 'nr_throttled 14\n');
  now += 1_000_000_000n;
  pass(1000);
  expect(again.read()).toMatchObject({ quota_cores: 0.5, throttled_ratio: 0.9 });
});

// A tick of 10 ms in a test of a millisecond would be ten cores.
test('CpuMeter reports no ratios for less than ten ticks', () => {
  const { roots, meter, pass } = meterOf({ 'proc/stat': BEFORE, 'proc/self/status': STATUS });
  writeFileSync(join(roots.proc, 'stat'), LATER);
  pass(99);
  const none = { user_ratio: null, system_ratio: null, softirq_ratio: null, host_busy_cores: null };
  expect(meter.read({ busiest_thread_ratio: 0.5, thread_wait_ratio: null })).toMatchObject({
    ...none,
    allowed_busy_cores: null,
    busiest_thread_ratio: 0.5,
    cores: 2,
  });
  pass(1);
  const facts = meter.read();
  expect(facts.user_ratio).toBeGreaterThanOrEqual(0);
  expect(facts.host_busy_cores).toBeCloseTo(1.0, 12);
});

test('CpuMeter reads busy cores from Node without /proc, but not softirq', () => {
  const meter = new CpuMeter(fakeSystem({}));
  burn(150_000);
  const facts = meter.read();
  expect(facts.softirq_ratio).toBeNull();
  expect(facts.host_busy_cores).toBeGreaterThan(0);
  expect(facts.allowed_cores).toBe(availableParallelism());
});

test('CpuMeter agrees with the processor time of this process divided by the elapsed time', () => {
  const outerStart = performance.now();
  const before = process.cpuUsage();
  const meter = new CpuMeter();
  const innerStart = performance.now();
  burn(150_000);
  const innerMs = performance.now() - innerStart;
  const facts = meter.read();
  const used = process.cpuUsage(before);
  const outerMs = performance.now() - outerStart;
  const ratio = (facts.user_ratio ?? Number.NaN) + (facts.system_ratio ?? Number.NaN);
  // At least what burn() used over the longest time; at most all that was used over the shortest.
  expect(ratio).toBeGreaterThanOrEqual(150 / outerMs);
  expect(ratio).toBeLessThanOrEqual((used.user + used.system) / 1000 / innerMs);
});

/** Uses this much processor time of the process, in microseconds. */
function burn(us: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if (user + system >= us) return;
  }
}
