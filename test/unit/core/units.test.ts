import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatLimit,
  formatNanos,
  formatPercent,
  formatRate,
  formatSize,
  isBeyondDuration,
  parseDuration,
  parseRate,
  parseSize,
} from '../../../src/core/units.ts';

describe('parseRate()', () => {
  test.each([
    ['0', 0],
    ['500M', 500_000_000],
    ['500m', 500_000_000],
    ['1.5G', 1_500_000_000],
    ['1.5Gbit/s', 1_500_000_000],
    ['100 Mbit/s', 100_000_000],
    ['100mbit', 100_000_000],
    ['100Mbits/s', 100_000_000],
    ['20kbps', 20_000],
    ['64Kb', 64_000],
    ['2T', 2e12],
    [' 8k ', 8000],
  ])('reads %j', (text, bps) => expect(parseRate(text)).toBe(bps));

  test.each(['', 'M', '-1M', '1e9', '.5G', '5.', '500MB', '500MBps', '1KiB', '1 0', '0x10', 'NaN', '9999999999999T'])(
    'refuses %j',
    (text) => expect(parseRate(text)).toBeUndefined(),
  );
});

describe('parseSize()', () => {
  test.each([
    ['1400', 1400],
    ['128K', 131_072],
    ['128k', 131_072],
    ['64KiB', 65_536],
    ['64KB', 65_536],
    ['1M', 1_048_576],
    ['1.5G', 1_610_612_736],
    ['10B', 10],
  ])('reads %j', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', 'K', '-1', '64iB', '64Kbit', '1e3', '99999999T'])('refuses %j', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );
});

test.each([
  [2400 * 3600e9, '100d'],
  [3600e9, '1h'],
  [60e9, '60 s'],
  [400e6, '400 ms'],
])('formatLimit(%d) is %s', (ns, text) => {
  expect(formatLimit(ns)).toBe(text);
});

describe('parseDuration()', () => {
  test.each([
    ['10', 10e9],
    ['0', 0],
    ['0.5', 5e8],
    ['10s', 10e9],
    ['500ms', 5e8],
    ['1.5ms', 1_500_000],
    ['250us', 250_000],
    ['250\u00b5s', 250_000],
    ['250\u03bcs', 250_000],
    ['7ns', 7],
    ['1m30s', 90e9],
    ['1h', 3600e9],
    ['1h2m3s4ms', 3_723_004_000_000],
    ['1d', 86_400e9],
    ['.1', 1e8],
    ['.5s', 5e8],
    ['1m.5s', 60.5e9],
  ])('reads %j', (text, ns) => expect(parseDuration(text)).toBe(ns));

  test.each([
    '',
    's',
    '-1s',
    '1m30',
    '10 s',
    '1y',
    '1e3s',
    '5..5s',
    '.',
    '.s',
    '1.',
    '..5',
    '99999999999',
    '9999999999h',
    'constructors',
  ])('refuses %j', (text) => expect(parseDuration(text)).toBeUndefined());

  test('more than 104 days are a time all the same', () => {
    // 2^53 ns are 104.2 days.
    for (const text of ['105d', '200d', '9999999999h', '99999999999']) expect(isBeyondDuration(text)).toBe(true);
    for (const text of ['104d', '1y', 'x', '', '200 d']) expect(isBeyondDuration(text)).toBe(false);
  });

  test('takes little time for a long text', () => {
    expect(parseDuration(`${'1'.repeat(5000)}x`)).toBeUndefined();
    expect(parseDuration(`${'1s'.repeat(5000)}x`)).toBeUndefined();
  });
});

describe('formatters', () => {
  test.each([
    [null, '-'],
    [0, '0 bit/s'],
    [999, '999 bit/s'],
    [999.6, '1.00 kbit/s'],
    [9.414e9, '9.41 Gbit/s'],
    [9.996e9, '10.0 Gbit/s'],
    [99.96e6, '100 Mbit/s'],
    [999.7e6, '1.00 Gbit/s'],
    [1e9, '1 Gbit/s'],
    [1234e12, '1234 Tbit/s'],
  ])('formatRate(%d) is %s', (bps, text) => expect(formatRate(bps)).toBe(text));

  test.each([
    [null, '-'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1_310_720, '1.25 MiB'],
  ])('formatSize(%d) is %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));

  test.each([
    [null, '-'],
    [0, '0 ns'],
    [999, '999 ns'],
    [999.7, '1.00 µs'],
    [412_000, '412 µs'],
    [999_700, '1.00 ms'],
    [1_530_000, '1.53 ms'],
    [999_700_000, '1.00 s'],
    [-412_300, '-412 µs'],
    [90e9, '90 s'],
  ])('formatNanos(%d) is %s', (ns, text) => expect(formatNanos(ns)).toBe(text));

  test.each([
    [null, '-'],
    [0, '0%'],
    [1, '100.0%'],
    [0.099_96, '10.0%'],
    [0.0123, '1.23%'],
    [0.001, '0.10%'],
    [0.000_13, '0.013%'],
    [1e-9, '0.00000010%'],
    [-0.02, '-2.00%'],
  ])('formatPercent(%d) is %s', (ratio, text) => expect(formatPercent(ratio)).toBe(text));

  test('print rates, and times below 1000 s, with at most four digits and a point', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9.99e14, noNaN: true }), (value) => {
        expect(formatRate(value)).toMatch(/^(\d{1,3}|\d\.\d\d|\d\d\.\d) [kMGT]?bit\/s$/);
        expect(formatNanos(Math.min(value, 9.99e11))).toMatch(/^(\d{1,3}|\d\.\d\d|\d\d\.\d) (ns|µs|ms|s)$/);
      }),
    );
  });

  test('formatPercent() never prints a non-zero ratio as 0 or with an exponent', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-15, max: 1, noNaN: true }), (ratio) => {
        const text = formatPercent(ratio);
        expect(text).toMatch(/^\d+\.\d+%$/);
        expect(Number.parseFloat(text)).toBeGreaterThan(0);
      }),
    );
  });
});
