/**
 * Fits text to a screen, whose lines must not wrap.
 *
 * @module
 */
import { displayWidth } from '../../core/printable.ts';
import { pieces } from '../text/layout.ts';

/** Cuts printable text without colours to a width of two columns or more, with `…` where it was cut. */
export function fitted(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const [first = ''] = pieces(text, Math.max(2, columns - 1));
  return columns < 3 ? first : `${first}…`;
}

/** A bar above the screen: `left` at its left, `right` at its right if there is room for both. */
export function bar(left: string, right: string, columns: number): string {
  const room = columns - displayWidth(left) - displayWidth(right);
  return room < 2 ? fitted(left, columns) : `${left}${' '.repeat(room)}${right}`;
}
