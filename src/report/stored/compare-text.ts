/**
 * A comparison of stored results, as rows of text.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import { ratioText, UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { atWidth, wrap } from '../text/layout.ts';
import { csvLines, markdownTable } from './cells.ts';
import type { ComparedFigure, ComparedSide } from './compare-stored.ts';
import { figureText } from './figures.ts';

const HEAD: readonly string[] = ['test', 'file', 'median', '95%', 'ratio', '95%', 'verdict'];
const NAME_LENGTH = 40;

/** The comparison as a table for a terminal, ending in a line break. @param names - of the documents */
export function comparedTable(compared: readonly ComparedFigure[], names: readonly string[], width?: number): string {
  return atWidth(width, () => {
    const list = names.flatMap((name, place) =>
      wrap(`${place}: ${printable(name, 200)}${place === 0 ? ', the baseline' : ''}`),
    );
    const rows = compared.flatMap((one) =>
      one.sides.map((side) => [nameOf(one), `${side.document}`, ...cellsOf(one, side)]),
    );
    const table = rows.length === 0 ? ['nothing was measured in both'] : grid(HEAD, rows, 'right', 2);
    return `${[...list, ...table, ...(rows.length === 0 ? [] : wrap(NOTE))].join('\n')}\n`;
  });
}

/** What the columns are. */
const NOTE =
  'ratio: to the baseline. Intervals are of the rounds, or of the seconds of one round; without either there are none.';

/** The comparison as Markdown, ending in a line break. */
export function comparedMarkdown(compared: readonly ComparedFigure[], names: readonly string[]): string {
  const rows = compared.flatMap((one) =>
    one.sides.map((side) => [nameOf(one), names[side.document] ?? '', ...cellsOf(one, side)]),
  );
  return `${markdownTable(HEAD, rows, 2)}\n${NOTE}\n`;
}

/** The comparison as CSV, with figures as in JSON. */
export function comparedCsv(compared: readonly ComparedFigure[], names: readonly string[]): string {
  const head = [
    'file',
    'path',
    'test',
    'protocol',
    'direction',
    'figure',
    'median',
    'low',
    'high',
    'samples',
    'source',
    'ratio',
    'ratio_low',
    'ratio_high',
    'differs',
  ];
  const rows = compared.flatMap(({ path, test, protocol, direction, figure, sides }) =>
    sides.map((side) => [
      ...[names[side.document] ?? '', path, test, protocol, direction, figure, side.median],
      ...[side.ci95?.[0] ?? null, side.ci95?.[1] ?? null, side.samples, side.source, side.ratio],
      ...[
        side.ratio_interval?.[0] ?? null,
        side.ratio_interval?.[1] ?? null,
        side.differs === null ? null : `${side.differs}`,
      ],
    ]),
  );
  return csvLines([head, ...rows]);
}

function nameOf({ path, test, protocol, direction, figure }: ComparedFigure): string {
  const parts = [path === 'baseline' ? '' : path, protocol, direction === '' ? test : direction, figure];
  return printable(parts.filter((part) => part !== '').join(' '), NAME_LENGTH);
}

function cellsOf({ figure }: ComparedFigure, side: ComparedSide): readonly string[] {
  const range = side.ci95 === null ? UNKNOWN : side.ci95.map((value) => figureText(figure, value)).join('..');
  const ratios = side.ratio_interval === null ? UNKNOWN : side.ratio_interval.map(ratioText).join('..');
  return [figureText(figure, side.median), range, ratioText(side.ratio), ratios, verdictOf(side)];
}

function verdictOf({ document, differs, ratio }: ComparedSide): string {
  if (document === 0) return 'baseline';
  if (differs === null) return 'no interval';
  if (!differs) return 'not distinguishable';
  return (ratio ?? 1) > 1 ? 'more' : 'less';
}
