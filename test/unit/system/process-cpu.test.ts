import { expect, test } from 'vitest';
import { readProcessCpuNs } from '../../../src/system/process-cpu.ts';
import { fakeSystem } from './fake-system.ts';

test('reads user and system time of a process with any name (proc_pid_stat(5))', () => {
  const stat = '7 (a) b (c) S 1 7 7 0 -1 4194304 2570 0 3 0 123 45 6 7 20 0 11 0 290';
  const roots = fakeSystem({ 'proc/7/stat': stat, 'proc/8/stat': '8 (short) S 1' });
  expect(readProcessCpuNs(7, roots)).toBe(1.68e9);
  expect(readProcessCpuNs(8, roots)).toBeNull();
  expect(readProcessCpuNs(9, roots)).toBeNull();
});

test.skipIf(process.platform !== 'linux')('agrees with process.cpuUsage() of this process', () => {
  const before = process.cpuUsage();
  const told = readProcessCpuNs(process.pid) ?? 0;
  const after = process.cpuUsage();
  expect(told).toBeGreaterThanOrEqual((before.user + before.system) * 1000 - 20e6);
  expect(told).toBeLessThanOrEqual((after.user + after.system) * 1000 + 20e6);
});
