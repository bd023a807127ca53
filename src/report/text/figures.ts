/**
 * Numbers in few columns. Every function has a greatest width for all values, so that tables and rows fit in a terminal.
 * `null` (not measured) is `-`.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_S, NS_PER_US } from '../../core/time.ts';
import { formatNanos, formatPercent, formatRate, formatSize } from '../../core/units.ts';

type Figure = number | null;

/** Printed for a figure that was not measured. */
export const UNKNOWN = '-';

/** A bit rate, from bit/s: `9.41 Gbit/s`; at most 13 columns. */
export function rateText(bps: Figure): string {
  return bounded(bps, 11, formatRate, ' bit/s');
}

/** A size, from bytes: `1.25 MiB`; at most 12 columns. */
export function sizeText(bytes: Figure): string {
  return bounded(bytes, 9, formatSize, ' B');
}

/** A time, from nanoseconds: `412 µs`; at most 10 columns. */
export function timeText(ns: Figure): string {
  return bounded(ns, 8, formatNanos, ' s', NS_PER_S);
}

/** A share, from a ratio: `0.013%`; at most 9 columns. */
export function percentText(ratio: Figure): string {
  return bounded(ratio, 7, formatPercent, '%', 0.01);
}

/** The ratio of two figures: `0.912`, `1.83`, `12.4`; at most 6 columns, 7 if negative. */
export function ratioText(ratio: Figure): string {
  return bounded(ratio, 6, (value) => value.toFixed(Math.abs(value) < 1.2 ? 3 : Math.abs(value) < 10 ? 2 : 1), '');
}

/** Processor time in cores: `0.98`; at most 6 columns, 7 if negative. */
export function coresText(cores: Figure): string {
  return bounded(cores, 6, (value) => value.toFixed(2), '');
}

/** A whole number: `893012`, from ten million on `12.3M`; at most 8 columns. */
export function countText(count: Figure): string {
  if (count === null || !Number.isFinite(count)) return UNKNOWN;
  return Number.isInteger(count) && Math.abs(count) < 1e7 ? `${count}` : shortText(count);
}

/** A count with its noun, in the plural unless it is 1: `1 packet`, `12.3M packets`. */
export function counted(count: Figure, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A count or bit rate with three digits, as in the rows of ethr: `9.41G`, `893`; at most 7 columns. */
export function shortText(value: Figure): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  const prefixes = ['', 'K', 'M', 'G', 'T', 'P', 'E'];
  let rest = value;
  let index = 0;
  while (Math.abs(rest) >= 999.5 && index < prefixes.length - 1) {
    rest /= 1000;
    index++;
  }
  return Math.abs(rest) >= 999.5 ? exponent(value) : `${digits(rest, 3)}${prefixes[index]}`;
}

/** A size without a space, from bytes: `1.25MiB`; at most 9 columns. */
export function shortSizeText(bytes: Figure): string {
  return bounded(bytes, 7, (value) => formatSize(value).replace(' ', ''), 'B');
}

/** A time with four digits and no space, from nanoseconds: `145.3µs`, `4.699ms`; at most 7 columns, 8 if negative. */
export function shortTimeText(ns: Figure): string {
  return bounded(ns, ns !== null && ns < 0 ? 8 : 7, fourDigits, 's', NS_PER_S);
}

function fourDigits(ns: number): string {
  const size = Math.abs(ns);
  if (size < NS_PER_US - 0.5) return `${Math.round(ns)}ns`;
  if (size < 999.95 * NS_PER_US) return `${digits(ns / NS_PER_US, 4)}µs`;
  if (size < 999.95 * NS_PER_MS) return `${digits(ns / NS_PER_MS, 4)}ms`;
  return `${digits(ns / NS_PER_S, 4)}s`;
}

/** A value below 1000 with so many significant digits, without an exponent. With three, whole numbers have no decimals. */
function digits(value: number, significant: 3 | 4): string {
  const size = Math.abs(value);
  if (significant === 3 && Number.isInteger(value)) return `${value}`;
  const whole = size >= 99.95 ? 3 : size >= 9.995 ? 2 : 1;
  return value.toFixed(Math.max(0, significant - whole));
}

/** The usual form if it fits in `columns`, otherwise one digit and an exponent. */
function bounded(
  value: Figure,
  columns: number,
  usual: (value: number) => string,
  unit: string,
  divisor: number = 1,
): string {
  if (value === null || !Number.isFinite(value / divisor)) return UNKNOWN;
  const text = usual(value);
  return text.length <= columns ? text : `${exponent(value / divisor)}${unit}`;
}

function exponent(value: number): string {
  return value.toExponential(0);
}
