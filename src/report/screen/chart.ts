/**
 * A series of figures as a graph of characters.
 *
 * ```text
 * 1.25G ┤     ▂▅█
 *       │  ▃▇████
 *     0 ┤▂▆██████
 * ```
 *
 * @module
 */
import { barOf } from './bars.ts';

/** Columns of the figures beside the axis; those that `shortText` and `shortTimeText` make have at most 8. */
const LABEL = 8;
/** Columns of a graph that values do not have. */
export const AXIS_COLUMNS = LABEL + 2;

/**
 * Draws the last values, the newest at the right, between 0 and the greatest one that is drawn.
 *
 * @param values - one a column; `null` leaves it empty
 * @param columns - of the whole graph, more than {@link AXIS_COLUMNS}
 * @param height - lines, two or more
 * @param label - text of a value, at most 8 columns
 */
export function chart(
  values: readonly (number | null)[],
  columns: number,
  height: number,
  label: (value: number | null) => string,
): readonly string[] {
  const shown = values.slice(-(columns - AXIS_COLUMNS));
  const known = shown.filter((value) => value !== null);
  const most = Math.max(0, ...known);
  return Array.from({ length: height }, (_, line) => {
    const below = height - 1 - line;
    const cells = shown.map((value) => cell(value === null || most === 0 ? null : (value / most) * height - below));
    const isTop = line === 0;
    const text = isTop ? label(known.length === 0 ? null : most) : below === 0 ? '0' : '';
    const mark = isTop || below === 0 ? '┤' : '│';
    return `${(known.length === 0 && !isTop ? '' : text).padStart(LABEL)} ${mark}${cells.join('')}`.trimEnd();
  });
}

/** The part of a bar that is in one line. @param part - of the line that is filled; below 0 and above 1 if the top of the bar is elsewhere */
function cell(part: number | null): string {
  if (part === null || part <= 0) return ' ';
  return barOf(part);
}
