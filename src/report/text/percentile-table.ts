/**
 * Percentiles of times as a table: a column for each kind of time.
 *
 * @module
 */
import type { Distribution } from '../../core/shapes/flow.ts';
import { countText, shortTimeText } from './figures.ts';
import { grid } from './grid.ts';

/** Rows of the table: title, and field of a distribution. */
export const PERCENTILES: readonly (readonly [string, Exclude<keyof Distribution, 'n'>])[] = [
  ['min', 'min'],
  ['mean', 'mean'],
  ['50%', 'p50'],
  ['90%', 'p90'],
  ['95%', 'p95'],
  ['99%', 'p99'],
  ['99.9%', 'p999'],
  ['99.99%', 'p9999'],
  ['max', 'max'],
];

/** Lines of the table, and below the percentiles the number of samples. */
export function percentileTable(
  columns: readonly (readonly [title: string, times: Distribution])[],
  rows: typeof PERCENTILES = PERCENTILES,
): readonly string[] {
  return grid(
    ['', ...columns.map(([title]) => title)],
    [
      ...rows.map(([label, field]) => [label, ...columns.map(([, times]) => shortTimeText(times[field]))]),
      ['samples', ...columns.map(([, times]) => countText(times.n))],
    ],
    'right',
  );
}
