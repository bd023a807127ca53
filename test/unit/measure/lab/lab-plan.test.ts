import { expect, test } from 'vitest';
import type { LabLine } from '../../../../src/core/shapes/lab.ts';
import { planLabTests, plannedTime, plannedTimeOfRow, ROUNDS } from '../../../../src/measure/lab/lab-plan.ts';

const LINE: LabLine = { rate_bps: null, delay_ns: 0, loss_ratio: 0, mtu_bytes: 1500 };

test.each([1, 2, 3, 4])('%d rows take about a minute at most', (rows) => {
  const tests = planLabTests(LINE, Array(rows).fill(1420), null, null);
  expect((rows * plannedTimeOfRow(tests)) / 1e9).toBeLessThan(62);
  for (const test of tests.compare) expect(test.duration_ns).toBeGreaterThanOrEqual(0.5e9);
});

test('the time of a row is that of each test as often as it is run, once for tests beside each other', () => {
  const tests = planLabTests(LINE, [1500, 1420], 1e9, null);
  const times = (some: readonly Parameters<typeof plannedTime>[0][]): number[] => some.map(plannedTime);
  const whole = [...Array(ROUNDS).fill(times(tests.compare)), times([tests.load[0]]), times(tests.count)].flat();
  expect(plannedTimeOfRow(tests)).toBe(whole.reduce((sum, one) => sum + one));
  // Two seconds of tests at full speed with 100 ms before each, and two more.
  expect(Math.min(...whole)).toBeGreaterThan(0.5e9);
});

test('TCP on a long line is measured for 50 round trips: a burst after a loss is a small part of it', () => {
  for (const delay of [20e6, 100e6, 400e6]) {
    const { compare, load } = planLabTests({ ...LINE, delay_ns: delay }, [1500, 1420, 1420], null, null);
    expect(compare[0].duration_ns).toBeGreaterThanOrEqual(50 * 2 * delay);
    expect(load.map((test) => test.duration_ns)).toEqual([compare[0].duration_ns, compare[0].duration_ns]);
    // Nothing waits for a segment that is sent again in these.
    expect(compare[1].duration_ns).toBeLessThanOrEqual(3e9);
  }
});

test('TCP goes by what was asked for', () => {
  const { compare, load, count } = planLabTests(LINE, [1500], null, 'reno');
  for (const test of [compare[0], load[0], count[0]]) expect(test).toMatchObject({ congestion_control: 'reno' });
});

test('octets on the line are counted for a number of octets, so that all of them have arrived', () => {
  const { count } = planLabTests(LINE, [1500], null, null);
  expect(count[0]).toMatchObject({ protocol: 'tcp', bytes: 3_125_000, duration_ns: null, rate_bps: 50e6 });
  expect(count[1]).toMatchObject({ protocol: 'udp', rate_bps: 50e6 });
  expect(planLabTests({ ...LINE, rate_bps: 10e9 }, [1500], null, null).count[0]?.bytes).toBe(3_125_000);
  expect(planLabTests({ ...LINE, rate_bps: 1e6 }, [1500], null, null).count[0]?.bytes).toBe(31_250);
});

test('a time that was asked for is that of every test', () => {
  const { compare, load } = planLabTests(LINE, [1500, 1420], 2e9, null);
  expect([...compare, ...load].map((test) => test.duration_ns)).toEqual(Array(6).fill(2e9));
});

test('no datagram is cut in any row', () => {
  const { compare } = planLabTests(LINE, [1500, 1420, 1340], null, null);
  expect([compare[1].length_bytes, compare[2].length_bytes]).toEqual([1312, 1312]);
});

test('a paced test takes half of the line', () => {
  expect(planLabTests({ ...LINE, rate_bps: 100e6 }, [1500], null, null).compare[2].rate_bps).toBe(50e6);
});

test('TCP starts for 15 round trips before it is measured', () => {
  expect(planLabTests({ ...LINE, delay_ns: 20e6 }, [1500], null, null).compare[0].warmup_ns).toBe(600e6);
  expect(planLabTests(LINE, [1500], null, null).compare[0].warmup_ns).toBe(100e6);
});
