import { expect, test } from 'vitest';
import { LiveCpuRows } from '../../../../src/run/live-cpu/live-cpu-rows.ts';

const S = 1e9;

test('has a row a second, with what the server told last, as long as that is of now', () => {
  const rows = new LiveCpuRows(0, { take: () => 0.5 });
  expect(rows.take(S - 1)).toBeUndefined();
  expect(rows.take(S)).toEqual({ client_ratio: 0.5, server_ratio: null });
  expect(rows.take(1.1 * S)).toBeUndefined();
  rows.handleServer(1.5, 1.5 * S);
  // Rows of intervals say nothing about it.
  rows.handleServer(null, 1.6 * S);
  expect(rows.take(2 * S)).toEqual({ client_ratio: 0.5, server_ratio: 1.5 });
  expect(rows.take(3.9 * S)).toEqual({ client_ratio: 0.5, server_ratio: 1.5 });
  expect(rows.take(4.1 * S)).toEqual({ client_ratio: 0.5, server_ratio: null });
  // After a pause there is one row, not one for each second of it.
  expect(rows.take(60 * S)).toBeDefined();
  expect(rows.take(60 * S)).toBeUndefined();
});
