/**
 * A table with rules above, below and under its head, and no vertical lines: those cost columns.
 *
 * @module
 */
import CliTable3 from 'cli-table3';

const CHARS = {
  top: '─',
  'top-mid': '──',
  'top-left': '',
  'top-right': '',
  bottom: '─',
  'bottom-mid': '──',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '─',
  'mid-mid': '──',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/**
 * Lines of a table. A cell may hold line breaks. The first column is aligned left.
 *
 * @param align - of all other columns.
 */
export function grid(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: 'left' | 'right',
): readonly string[] {
  const table = new CliTable3({
    head: [...head],
    chars: CHARS,
    colAligns: head.map((_, column) => (column === 0 ? 'left' : align)),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
