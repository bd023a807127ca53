import { expect, test } from 'vitest';
import { readTcpInfo, type TcpInfo } from '../../../../src/native/tcp-info.ts';
import { DeliveredSlices } from '../../../../src/run/linux/delivered-slices.ts';

const MS = 1e6;
const NOTHING = readTcpInfo(new DataView(new ArrayBuffer(0)));
const info = (segmentsDelivered: number): TcpInfo => ({ ...NOTHING, segmentsDelivered, mssBytes: 1000 });

test('acknowledged segments are counted in the slices of the measured part', () => {
  const slices = new DeliveredSlices(info(100), 5000 * MS);
  expect(slices.nextAt).toBe(5050 * MS);
  slices.take(info(110), 5050 * MS);
  slices.take(info(110), 5100 * MS);
  // Late: what came meanwhile came evenly.
  slices.take(info(150), 5200 * MS);
  expect(slices.report).toEqual({ slice_ns: 50 * MS, slices: [10_000, 0, 20_000, 20_000] });
});

test('the count wraps after 2^32 segments', () => {
  const slices = new DeliveredSlices(info(2 ** 32 - 3), 0);
  slices.take(info(2), 50 * MS);
  expect(slices.report.slices).toEqual([5000]);
});

test('a kernel without the count is not asked again', () => {
  for (const begun of [null, NOTHING]) {
    const slices = new DeliveredSlices(begun, 0);
    expect(slices.nextAt).toBe(Number.POSITIVE_INFINITY);
    expect(slices.report).toEqual({ slice_ns: null, slices: null });
  }
});
