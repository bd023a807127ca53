/**
 * Scales of charts: from a value to a place, with values for the marks of the axis.
 *
 * @module
 */
import { NS_PER_S } from '../../../core/time.ts';

/** A scale of one axis. */
export interface Scale {
  /** Place of a value. A value outside the scale is at its end. */
  readonly at: (value: number) => number;
  /** Values of the marks, ascending. */
  readonly ticks: readonly number[];
}

/** Values or places, from and to. */
export type Span = readonly [number, number];

/** Usual number of marks of an axis. */
const MARKS = 5;

/** A linear scale. @param values - the smallest and the largest value @param places - where they are */
export function linearScale(values: Span, places: Span, ticks: readonly number[] = niceTicks(values)): Scale {
  const [low, high] = values;
  const width = high - low || 1;
  return { at: (value) => between(places, (value - low) / width), ticks };
}

/** A logarithmic scale; values have to be positive. Marks are at 1, 2 and 5 of each power of ten, as far as they fit. */
export function logScale([low, high]: Span, places: Span): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const width = to - from || 1;
  const at = (value: number): number => between(places, value <= 0 ? 0 : (Math.log10(value) - from) / width);
  return { at, ticks: logTicks(low, high) };
}

/** A logarithmic scale that has room for the values on both sides; `null` without a positive value. */
export function logScaleAround(values: readonly number[], places: Span): Scale | null {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return null;
  const [low, high] = extent(positive);
  const ends: Span = low === high ? [low / 2, high * 2] : [low / 1.15, high * 1.15];
  return logScale(ends, places);
}

/** The smallest and the largest of the values; 0 and 0 without any. */
export function extent(values: Iterable<number>): Span {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}

/** The top of a scale that begins at 0: a round number that is not smaller than the value. */
export function roundedTop(value: number): number {
  if (!(value > 0)) return 1;
  const step = niceStep(value / MARKS);
  return Math.ceil(value / step - 1e-9) * step;
}

/** Round numbers between two values. */
export function niceTicks([low, high]: Span): readonly number[] {
  return multiples(low, high, niceStep((high - low) / MARKS));
}

/** Steps of a time axis in seconds. */
const TIME_STEPS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600,
  43_200, 86_400,
];

/** Round times between two times in nanoseconds. */
export function timeTicks([low, high]: Span): readonly number[] {
  const wanted = (high - low) / NS_PER_S / (MARKS + 1);
  const step = TIME_STEPS.find((one) => one >= wanted) ?? niceStep(wanted / 86_400) * 86_400;
  return multiples(low, high, step * NS_PER_S);
}

function multiples(low: number, high: number, step: number): readonly number[] {
  const ticks: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let i = first; i * step <= high * (1 + 1e-9) && ticks.length < 100; i++) ticks.push(i * step);
  return ticks;
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(wanted: number): number {
  if (!(wanted > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factor = [1, 2, 5, 10].find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function logTicks(low: number, high: number): readonly number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  // Within a small span there may be no such value.
  return ticks.length >= 2 ? ticks : niceTicks([low, high]);
}

function between([from, to]: Span, share: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, share));
}
