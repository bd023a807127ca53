import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeScale } from '../../../../src/capture/file/time-scale.ts';
import { createCaptureRecord } from '../../../../src/capture/record.ts';

function stamp(tsresol: number, ticks: bigint, offsetSeconds = 0): [number | null, number] {
  const record = createCaptureRecord();
  new TimeScale(tsresol, offsetSeconds).stamp(record, Number(ticks >> 32n), Number(ticks & 0xffff_ffffn));
  return [record.seconds, record.nanoseconds];
}

test.each([
  ['microseconds', 6, 1_795_480_222_192_141n, [1_795_480_222, 192_141_000]],
  ['nanoseconds', 9, 1_795_480_222_192_141_579n, [1_795_480_222, 192_141_579]],
  ['seconds', 0, 1_795_480_222n, [1_795_480_222, 0]],
  ['picoseconds', 12, 1_795_480_222_192_141_579n, [1_795_480, 222_192_141]],
  ['2^-20 s', 0x94, (1_795_480_222n << 20n) | 0x80000n, [1_795_480_222, 500_000_000]],
  ['2^-32 s', 0xa0, (1_795_480_222n << 32n) | 0xffff_ffffn, [1_795_480_222, 999_999_999]],
  ['2^0 s', 0x80, 7n, [7, 0]],
  ['10^-127 s', 127, 2n ** 64n - 1n, [0, 0]],
  ['2^-127 s', 0xff, 2n ** 64n - 1n, [0, 0]],
])('stamp() reads %s', (_, tsresol, ticks, expected) => {
  expect(stamp(tsresol, ticks)).toEqual(expected);
});

test('stamp() adds if_tsoffset, also if the result is negative', () => {
  expect(stamp(6, 1_500_000n, 1_795_480_000)).toEqual([1_795_480_001, 500_000_000]);
  expect(stamp(6, 1_500_000n, -3)).toEqual([-2, 500_000_000]);
});

test('stamp() sets no time beyond the range of Date', () => {
  expect(stamp(0, 8_640_000_000_000n)).toEqual([8_640_000_000_000, 0]);
  expect(stamp(0, 8_640_000_000_001n)).toEqual([null, 0]);
  expect(stamp(0, 2n ** 64n - 1n)).toEqual([null, 0]);
  expect(stamp(6, 1n, -(2 ** 63))).toEqual([null, 0]);
});

test('stamp() agrees with BigInt arithmetic for every resolution and count', () => {
  fc.assert(
    fc.property(fc.nat({ max: 255 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (tsresol, ticks) => {
      const perSecond = (tsresol & 0x80 ? 2n : 10n) ** BigInt(tsresol & 0x7f);
      const seconds = ticks / perSecond;
      const expected =
        seconds > 8_640_000_000_000n
          ? [null, 0]
          : [Number(seconds), Number(((ticks % perSecond) * 1_000_000_000n) / perSecond)];
      expect(stamp(tsresol, ticks)).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});
