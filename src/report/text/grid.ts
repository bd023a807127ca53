/**
 * A table with rules above it, under its head and below it. It has no vertical lines, which would take columns.
 *
 * A table that is too wide for the line gets a head of several lines, then one space between columns instead of two. If
 * that is not enough, it is split into several tables below each other, which have the same label columns.
 *
 * @module
 */
import CliTable3 from 'cli-table3';
import { displayWidth } from '../../core/printable.ts';
import { lineWidth } from './layout.ts';

type Cells = readonly string[];
type Align = 'left' | 'right';

/** Spaces between columns, in the order in which they are tried. */
const GAPS = [2, 1] as const;
/** Titles up to this length are not broken: `A to B`. */
const SHORTEST_TITLE = 6;

/**
 * Lines of a table. A cell may have line breaks. The first column is aligned left.
 *
 * @param align - alignment of all other columns
 * @param labels - number of columns at the left that name the row
 */
export function grid(head: Cells, rows: readonly Cells[], align: Align, labels: number = 1): readonly string[] {
  const high = head.map((cell, column) =>
    broken(
      cell,
      widthOf(
        rows.map((cells) => [cells[column] ?? '']),
        0,
      ),
    ),
  );
  for (const [titles, gap] of [[head, GAPS[0]] as const, ...GAPS.map((one) => [high, one] as const)]) {
    if (widthOf([titles, ...rows], gap) <= lineWidth()) return draw(titles, rows, align, gap);
  }
  const pick = (cells: Cells, columns: readonly number[]): Cells => columns.map((column) => cells[column] ?? '');
  const tables = blocksOf([high, ...rows], labels).map((columns) => {
    const picked = rows.map((cells) => pick(cells, columns));
    return draw(pick(high, columns), picked, align, GAPS[0]);
  });
  // The rule above a table is also the one below the table before it.
  return tables.flatMap((lines, place) => (place < tables.length - 1 ? lines.slice(0, -1) : lines));
}

/** Breaks a title at spaces into lines no wider than the cells below it, as far as its words allow. */
function broken(title: string, below: number): string {
  const room = Math.max(SHORTEST_TITLE, below);
  return title.split(' ').reduce((lines, word) => {
    const last = lines.slice(lines.lastIndexOf('\n') + 1);
    return `${lines}${displayWidth(last) + 1 + displayWidth(word) <= room ? ' ' : '\n'}${word}`;
  });
}

/** Columns of each table: the labels, and as many of the others as fit, at least one. */
function blocksOf(lines: readonly Cells[], labels: number): readonly (readonly number[])[] {
  const first = [...Array(labels).keys()];
  const blocks: number[][] = [];
  for (const column of (lines[0] ?? []).keys()) {
    if (column < labels) continue;
    const last = blocks.at(-1);
    const wider = [...(last ?? first), column];
    const fits = widthOf(
      lines.map((cells) => wider.map((one) => cells[one] ?? '')),
      GAPS[0],
    );
    if (last !== undefined && fits <= lineWidth()) last.push(column);
    else blocks.push([...first, column]);
  }
  return blocks;
}

function widthOf(lines: readonly Cells[], gap: number): number {
  const columns = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => Math.max(...(cells[column] ?? '').split('\n').map(displayWidth)))),
  );
  return columns.reduce((sum, width) => sum + width, gap * (columns.length - 1));
}

function draw(head: Cells, rows: readonly Cells[], align: Align, gap: number): readonly string[] {
  const mid = '─'.repeat(gap);
  const table = new CliTable3({
    head: [...head],
    chars: {
      top: '─',
      'top-mid': mid,
      'top-left': '',
      'top-right': '',
      bottom: '─',
      'bottom-mid': mid,
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '─',
      'mid-mid': mid,
      right: '',
      'right-mid': '',
      middle: ' '.repeat(gap),
    },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : align)),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
