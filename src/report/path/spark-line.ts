/**
 * Round trips as a line of bars.
 *
 * @module
 */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const LOST = '?';

/**
 * Draws the last `columns` values, the newest at the right. A bar is as high as its value is between the least and the
 * greatest one that is drawn; `null` is `?`.
 */
export function sparkLine(values: readonly (number | null)[], columns: number): string {
  const shown = values.slice(-columns);
  const known = shown.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const bar = (value: number): string => {
    const share = most > least ? (value - least) / (most - least) : 0;
    return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? LOST;
  };
  return shown.map((value) => (value === null ? LOST : bar(value))).join('');
}
