import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as figures from '../../../../src/report/text/figures.ts';

test.each([
  [figures.shortText, 0, '0'],
  [figures.shortText, 893, '893'],
  [figures.shortText, 999.4, '999'],
  [figures.shortText, 999.6, '1.00K'],
  [figures.shortText, 7900, '7.90K'],
  [figures.shortText, 9.41e9, '9.41G'],
  [figures.shortText, 10e6, '10M'],
  [figures.shortText, 12.14e9, '12.1G'],
  [figures.shortText, 9.996e9, '10.0G'],
  [figures.shortText, 941.3e6, '941M'],
  [figures.shortText, 1e21, '1e+21'],
  [figures.coresText, 0.983, '0.98'],
  [figures.coresText, 1234, '1e+3'],
  [figures.countText, 893012, '893012'],
  [figures.countText, 12_345_678, '12.3M'],
  [figures.shortTimeText, 523, '523ns'],
  [figures.shortTimeText, 47_389, '47.39µs'],
  [figures.shortTimeText, 145_263, '145.3µs'],
  [figures.shortTimeText, 4_699_000, '4.699ms'],
  [figures.shortTimeText, 999_960, '1.000ms'],
  [figures.shortTimeText, 1.5e9, '1.500s'],
  [figures.shortTimeText, -300_000, '-300.0µs'],
  [figures.timeText, 412_000, '412 µs'],
  [figures.timeText, 1e30, '1e+21 s'],
  [figures.rateText, 9.41e9, '9.41 Gbit/s'],
  [figures.rateText, 1e30, '1e+30 bit/s'],
  [figures.sizeText, 1_310_720, '1.25 MiB'],
  [figures.shortSizeText, 1_310_720, '1.25MiB'],
  [figures.percentText, 0.00013, '0.013%'],
  [figures.percentText, 1e9, '1e+11%'],
  [figures.ratioText, 0.9117, '0.912'],
  [figures.ratioText, 1.104, '1.104'],
  [figures.ratioText, 1.834, '1.83'],
  [figures.ratioText, 12.44, '12.4'],
  [figures.ratioText, 123456.7, '1e+5'],
])('%o of %f is %s', (format, value, text) => {
  expect(format(value)).toBe(text);
});

const WIDEST = [
  [figures.rateText, 13],
  [figures.sizeText, 12],
  [figures.timeText, 10],
  [figures.percentText, 9],
  [figures.ratioText, 7],
  [figures.coresText, 7],
  [figures.countText, 8],
  [figures.shortText, 7],
  [figures.shortSizeText, 9],
  [figures.shortTimeText, 8],
] as const;

test.each(WIDEST)('%o keeps to its width for any number, and has - for what is not one', (format, width) => {
  expect([format(null), format(Number.NaN), format(Number.POSITIVE_INFINITY)]).toEqual(['-', '-', '-']);
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(format(value).length, format(value)).toBeLessThanOrEqual(width);
    }),
    { numRuns: 2000 },
  );
});

test('a time that is not negative takes at most 7 columns: nine of them make a row', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(figures.shortTimeText(value).length).toBeLessThanOrEqual(7);
    }),
    { numRuns: 2000 },
  );
});
