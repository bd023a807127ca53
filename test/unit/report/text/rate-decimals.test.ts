import { describe, expect, test } from 'vitest';
import {
  measuredRateText,
  type RateDecimals,
  shortRateText,
  withRateDecimals,
} from '../../../../src/report/text/rate-decimals.ts';

/** Rates, and how they are to be printed with three digits, one decimal and two; written by hand. */
const RATES: readonly (readonly [bps: number | null, three: string, one: string, two: string])[] = [
  [null, '-', '-', '-'],
  [0, '0', '0.0', '0.00'],
  [893, '893', '893.0', '893.00'],
  [999.94, '1.00K', '999.9', '999.94'],
  [999.96, '1.00K', '1.0K', '999.96'],
  [941_274_000, '941M', '941.3M', '941.27M'],
  [999_994_000, '1.00G', '1.0G', '999.99M'],
  [999_996_000, '1.00G', '1.0G', '1.00G'],
  [9_412_500_000, '9.41G', '9.4G', '9.41G'],
  [12_131_000_000, '12.1G', '12.1G', '12.13G'],
  // More than there are prefixes for: as without -dp.
  [2e15, '2P', '2P', '2P'],
];

describe('measured rates', () => {
  test.each(RATES)('%d', (bps, ...texts) => {
    const counts: readonly (RateDecimals | undefined)[] = [undefined, 1, 2];
    expect(counts.map((count) => withRateDecimals(count, () => shortRateText(bps)))).toEqual(texts);
  });

  test('have their unit in a table, and fit in 13 columns', () => {
    expect(withRateDecimals(2, () => measuredRateText(941_274_000))).toBe('941.27 Mbit/s');
    expect(withRateDecimals(1, () => measuredRateText(12_345))).toBe('12.3 kbit/s');
    expect(measuredRateText(941_274_000)).toBe('941 Mbit/s');
    for (const [bps] of RATES) {
      expect(withRateDecimals(2, () => measuredRateText(bps)).length).toBeLessThanOrEqual(13);
    }
  });

  test('an error in between leaves no decimals behind', () => {
    const failing = (): never => {
      throw new Error('no');
    };
    expect(() => withRateDecimals(2, failing)).toThrow('no');
    expect(shortRateText(12_131_000_000)).toBe('12.1G');
  });
});
