import { expect, test } from 'vitest';
import { LiveCpuMeter } from '../../../../src/run/live-cpu/live-cpu-meter.ts';

test('is the processor time of all threads since the reading before, as a share of a core', () => {
  let at = 0n;
  let usage = { user: 1_000_000, system: 500_000 };
  const meter = new LiveCpuMeter(
    () => at,
    () => usage,
  );
  at = 2_000_000_000n;
  // 0.5 s and 0.3 s in 2 s.
  usage = { user: 1_500_000, system: 800_000 };
  expect(meter.take()).toBeCloseTo(0.4, 9);
  at += 1_000_000_000n;
  usage = { user: 3_500_000, system: 800_000 };
  expect(meter.take()).toBeCloseTo(2, 9);
  // Too short for the ticks of the kernel, and part of the next reading.
  at += 99_000_000n;
  usage = { user: 3_600_000, system: 800_000 };
  expect(meter.take()).toBeNull();
  at += 901_000_000n;
  expect(meter.take()).toBeCloseTo(0.1, 9);
});
