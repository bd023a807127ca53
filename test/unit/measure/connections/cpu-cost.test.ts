import { expect, test } from 'vitest';
import { cpuForEach } from '../../../../src/measure/connections/cpu-cost.ts';
import { cpuOf } from '../../../support/results.ts';

test('is the processor time of a process, shared out over its connections', () => {
  // 0.3 + 0.5 of a core for 2 s are 1.6 s: 16 us for each of 100,000.
  expect(cpuForEach(cpuOf({ user_ratio: 0.3, system_ratio: 0.5 }), 100_000, 2e9)).toBeCloseTo(16_000, 6);
});

test('is not known of few connections, nor without the use of that end', () => {
  const cpu = cpuOf({ user_ratio: 0.3, system_ratio: 0.5 });
  expect(cpuForEach(cpu, 99, 2e9)).toBeNull();
  expect(cpuForEach(cpu, null, 2e9)).toBeNull();
  expect(cpuForEach(cpu, 100, null)).toBeNull();
  expect(cpuForEach(null, 100, 2e9)).toBeNull();
  expect(cpuForEach(cpuOf({ user_ratio: null }), 100, 2e9)).toBeNull();
});
