import { describe, expect, test } from 'vitest';
import { MOST_ERROR_NAMES } from '../../../../src/core/shapes/connections.ts';
import { ConnectMeter } from '../../../../src/measure/connections/connect-meter.ts';
import { FailureCounts } from '../../../../src/measure/connections/failure-counts.ts';
import { spec } from '../../report/samples.ts';

const S = 1e9;
const T0 = 5 * S;
const meterOf = (warmup_ns: number, duration_ns: number | null): ConnectMeter =>
  new ConnectMeter(spec({ test: 'connections', warmup_ns, duration_ns, interval_ns: S }), T0);
const rowsOf = (meter: ConnectMeter) => {
  const rows = [];
  for (let row = meter.pollInterval(); row; row = meter.pollInterval()) rows.push(row);
  return rows;
};

describe('ConnectMeter', () => {
  test('counts by when a connection began, and leaves the warm-up out', () => {
    const meter = meterOf(2 * S, 2 * S);
    expect(meter.isWarmup(T0 + 2 * S - 1)).toBe(true);
    expect(meter.isWarmup(T0 + 2 * S)).toBe(false);
    meter.addOpened(T0 + 0.5 * S, T0 + 0.6 * S);
    // Begun in the warm-up, and answered behind it.
    meter.addOpened(T0 + 1.9 * S, T0 + 2.1 * S);
    meter.addOpened(T0 + 2.5 * S, T0 + 2.5 * S + 1000);
    meter.addFailed('ECONNREFUSED', T0 + 2.6 * S, T0 + 2.6 * S);
    meter.addFailed('EADDRNOTAVAIL', T0 + 1 * S, T0 + 2.7 * S);
    meter.end(T0 + 4.2 * S);
    expect(meter.report(T0 + 4.2 * S, null)).toMatchObject({
      opened: 1,
      failed: 1,
      failures: [{ error: 'ECONNREFUSED', n: 1 }],
      elapsed_ns: 2 * S,
      held: null,
      connect_ns: { n: 1, min: 1000, max: 1000 },
    });
    expect(rowsOf(meter).map(({ index, omitted, opened, failed }) => [index, omitted, opened, failed])).toEqual([
      [-2, true, 1, 0],
      [-1, true, 0, 0],
      [0, false, 2, 2],
      [1, false, 0, 0],
    ]);
  });

  test('the last interval ends with the test, and has what came of connections after it', () => {
    const meter = meterOf(0, 1.5 * S);
    meter.addOpened(T0 + 1.4 * S, T0 + 1.45 * S);
    meter.addOpened(T0 + 1.49 * S, T0 + 1.6 * S);
    meter.end(T0 + 1.7 * S);
    expect(rowsOf(meter)).toMatchObject([
      { index: 0, start_ns: 0, end_ns: S, opened: 0 },
      { index: 1, start_ns: S, end_ns: 1.5 * S, opened: 2, connect_ns: { n: 2 } },
    ]);
    expect(meter.endsAt).toBe(T0 + 1.5 * S);
  });

  test('a test that is cut short ends there', () => {
    const meter = meterOf(0, null);
    meter.addOpened(T0 + 0.1 * S, T0 + 0.2 * S);
    meter.end(T0 + 0.4 * S);
    expect(rowsOf(meter)).toMatchObject([{ index: 0, end_ns: 0.4 * S, opened: 1 }]);
    expect(meter.report(T0 + 0.4 * S, { open: 1, opening_ns: null }).elapsed_ns).toBe(0.4 * S);
  });

  test('a warm-up that is no multiple of the interval ends where the measured part begins', () => {
    const meter = meterOf(1.5 * S, S);
    meter.tick(T0 + 2.6 * S);
    expect(rowsOf(meter)).toMatchObject([
      { index: -2, start_ns: -1.5 * S, end_ns: -0.5 * S },
      { index: -1, start_ns: -0.5 * S, end_ns: 0 },
    ]);
  });
});

test('FailureCounts tells a bounded number of names apart', () => {
  const counts = new FailureCounts();
  for (let i = 0; i < 100; i++) counts.add(`E${i}`);
  counts.add('E1');
  expect(counts.list).toHaveLength(MOST_ERROR_NAMES);
  expect(counts.list[0]).toEqual({ error: 'other', n: 100 - (MOST_ERROR_NAMES - 1) });
  expect(counts.list).toContainEqual({ error: 'E1', n: 2 });
  expect(counts.total).toBe(101);
});
