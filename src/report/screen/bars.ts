/**
 * Bars of eight heights.
 *
 * @module
 */
import { UNKNOWN } from '../text/figures.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** The bar of a share: above 0 it is seen, at 1 and above it is full. */
export function barOf(share: number): string {
  return BARS[Math.max(0, Math.min(BARS.length - 1, Math.ceil(share * BARS.length) - 1))] ?? UNKNOWN;
}

/** A line of bars between 0 and the greatest value, the newest at the right; `null` leaves its column empty. */
export function barLine(values: readonly (number | null)[]): string {
  const most = Math.max(0, ...values.filter((value) => value !== null));
  return values.map((value) => (value === null ? ' ' : barOf(most === 0 ? 0 : value / most))).join('');
}
