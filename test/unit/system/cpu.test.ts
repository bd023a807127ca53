import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CpuMeter, hostUse, parseProcStat } from '../../../src/system/cpu.ts';
import { fakeSystem } from './fake-system.ts';

//                     user nice sys idle iowait irq softirq steal guest guest_nice
const BEFORE = `cpu  100 10 50 1000 20 3 7 40 60 5
cpu0 50 5 25 500 10 2 4 20 30 3
cpu1 50 5 25 500 10 1 3 20 30 2
intr 5194523 0 0
ctxt 12345
`;

test('parseProcStat() counts guest once and steal not as busy', () => {
  expect(parseProcStat(BEFORE)).toEqual({ processors: 2, busy: 170, softirq: 7, total: 170 + 1000 + 20 + 40 });
});

test('parseProcStat() reads the four columns of an old kernel', () => {
  expect(parseProcStat('cpu  1 2 3 4\ncpu0 1 2 3 4\n')).toEqual({ processors: 1, busy: 6, softirq: null, total: 10 });
});

test.each(['', 'cpu\n', 'cpu0 1 2 3 4\n', 'cpu  1 2 3\n', 'cpu  a b c d\n'])('parseProcStat() refuses %j', (text) => {
  expect(parseProcStat(text)).toBeNull();
});

test('hostUse() is the share of all ticks, in cores', () => {
  const before = { processors: 2, busy: 170, softirq: 7, total: 1230 };
  // 100 ticks of both processors together: 60 busy, 15 of them softirq.
  expect(hostUse(before, { processors: 2, busy: 230, softirq: 22, total: 1330 })).toEqual({
    busyCores: 1.2,
    softirqCores: 0.3,
  });
  expect(hostUse(before, before)).toBeNull();
  expect(hostUse(before, { ...before, total: 1200 })).toBeNull();
  // iowait went back, so busy appears to exceed the total.
  expect(hostUse(before, { ...before, busy: 180, total: 1235 })?.busyCores).toBe(2);
});

test('CpuMeter reports the host between construction and reading', () => {
  const roots = fakeSystem({ 'proc/stat': BEFORE });
  const meter = new CpuMeter(roots);
  expect(meter.read(null)).toMatchObject({ softirq_ratio: null, host_busy_cores: null });
  // Of 200 ticks: 60 user, 20 system, 10 softirq, 10 irq; 50 idle, 10 iowait, 40 stolen.
  writeFileSync(join(roots.proc, 'stat'), 'cpu  160 10 70 1050 30 13 17 80 90 5\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n');
  const facts = meter.read(0.75);
  expect(facts.host_busy_cores).toBeCloseTo(1.0, 12);
  expect(facts.softirq_ratio).toBeCloseTo(0.1, 12);
  expect(facts.busiest_thread_ratio).toBe(0.75);
  expect(facts.cores).toBe(availableParallelism());
});

test('CpuMeter counts the busy cores from Node without /proc, but no softirq', () => {
  const meter = new CpuMeter(fakeSystem({}));
  burn(50_000);
  const facts = meter.read(null);
  expect(facts.softirq_ratio).toBeNull();
  expect(facts.host_busy_cores).toBeGreaterThan(0);
});

test('CpuMeter agrees with the processor time that this process used, over the time that passed', () => {
  const outerStart = performance.now();
  const before = process.cpuUsage();
  const meter = new CpuMeter();
  const innerStart = performance.now();
  burn(100_000);
  const innerMs = performance.now() - innerStart;
  const facts = meter.read(null);
  const used = process.cpuUsage(before);
  const outerMs = performance.now() - outerStart;
  const ratio = facts.user_ratio + facts.system_ratio;
  // At least what burn() used over the longest time; at most all that was used over the shortest.
  expect(ratio).toBeGreaterThanOrEqual(100 / outerMs);
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
