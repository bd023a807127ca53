/**
 * Measured bit rates with a fixed number of decimals, as `-dp` of ethr asks for. Without it they have three digits.
 *
 * @module
 */
import { rateText, shortText } from './figures.ts';

/** Decimals that can be asked for, as in ethr. Columns of tables have room for these. */
export type RateDecimals = 1 | 2;

const PREFIXES = ['', 'k', 'M', 'G', 'T'];

let decimals: RateDecimals | null = null;

/**
 * Calls `format`, and gives the measured rates in the text that it formats so many decimals. The number is kept in a
 * variable of this module, as the width of a line is: every part of a report prints rates.
 *
 * @param count - `undefined` leaves them as they are
 */
export function withRateDecimals<T>(count: RateDecimals | undefined, format: () => T): T {
  const before = decimals;
  decimals = count ?? null;
  try {
    return format();
  } finally {
    decimals = before;
  }
}

/** A measured bit rate, from bit/s: `9.41 Gbit/s`, or `9.4 Gbit/s` with one decimal; at most 13 columns. */
export function measuredRateText(bps: number | null): string {
  const fixed = fixedRate(bps);
  return fixed === null ? rateText(bps) : `${fixed.text} ${fixed.prefix}bit/s`;
}

/** A measured bit rate in a row: `9.41G`, or `9.4G` with one decimal; at most 7 columns. */
export function shortRateText(bps: number | null): string {
  const fixed = fixedRate(bps);
  return fixed === null ? shortText(bps) : `${fixed.text}${fixed.prefix.toUpperCase()}`;
}

/** The rate with its decimals and prefix; `null` where none are asked for, or the columns are too few for it. */
function fixedRate(bps: number | null): { readonly text: string; readonly prefix: string } | null {
  if (decimals === null || bps === null || !(bps >= 0)) return null;
  // What would be rounded to "1000" has the next prefix.
  const limit = 1000 - 0.5 * 10 ** -decimals;
  const place = PREFIXES.findIndex((_, index) => bps / 1000 ** index < limit);
  const prefix = PREFIXES[place];
  return prefix === undefined ? null : { text: (bps / 1000 ** place).toFixed(decimals), prefix };
}
