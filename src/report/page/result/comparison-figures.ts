/**
 * Comparison of paths: what each carries of the baseline, against the ceiling that its headers allow.
 *
 * @module
 */
import type { Overhead, ResultDocument } from '../../../core/shapes/result.ts';
import { comparedName } from '../../test/rounds.ts';
import { countText, percentText, ratioText, timeText, UNKNOWN } from '../../text/figures.ts';
import { type Bar, barChart } from '../charts/bar-chart.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';

/** What one row of a comparison is called, and the slot of its colour. */
export interface ComparedLabel {
  readonly label: string;
  readonly slot: number;
}

/** What is compared in a row: a ratio, and its interval. */
interface Ratio {
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
}

/**
 * The figure of a comparison; none without rows.
 *
 * @param labelOf - the name of a row's path, and its slot
 * @param nameOf - what a row compares
 */
export function comparisonFigures(
  rows: readonly Overhead[],
  labelOf: (row: Overhead) => ComparedLabel,
  nameOf: (row: Overhead) => string,
  level: Level,
): readonly Html[] {
  const measured = rows.filter((row) => ratioOf(row).value !== null);
  if (measured.length === 0) return [];
  const bars = measured.map((row) => barOf(row, labelOf(row), nameOf(row)));
  const title = 'What each path carries of the baseline';
  const about = measured.map((row) => `${labelOf(row).label}, ${nameOf(row)}: ${ratioWords(row)}`);
  return [
    figure({
      level,
      title,
      notes: [
        '1 is the baseline. The dashed frame ends at the ceiling: what the added headers allow. The line across the end of a bar is the 95% interval.',
      ],
      chart: barChart({
        title,
        description: `${about.join('. ')}.`,
        bars,
        axisWords: ratioText,
        top: topOf(bars),
      }),
      table: {
        caption: title,
        head: [
          'path',
          'test',
          'ratio',
          '95%',
          'rounds',
          'ceiling',
          'of ceiling',
          'added RTT',
          'added loss',
          'CPU ratio',
        ],
        textColumns: [1],
        rows: rows.map((row) => tableRow(row, labelOf(row), nameOf(row))),
      },
    }),
  ];
}

/** {@link comparisonFigures} of a result document. */
export function resultComparison(
  document: ResultDocument,
  series: readonly { readonly path: string; readonly label: string; readonly slot: number }[],
  level: Level,
): readonly Html[] {
  const labelOf = ({ path }: Overhead): ComparedLabel =>
    series.find((one) => one.path === path) ?? { label: path, slot: 0 };
  return comparisonFigures(document.overhead, labelOf, (row) => comparedName(document, row), level);
}

function ratioOf(row: Overhead): Ratio {
  if (row.figure === 'packets') return { value: row.packets_ratio, interval: row.packets_ratio_ci95 };
  if (row.figure === 'connections') return { value: row.connections_ratio, interval: row.connections_ratio_ci95 };
  return { value: row.goodput_ratio, interval: row.goodput_ratio_ci95 };
}

function ratioWords(row: Overhead): string {
  const { value } = ratioOf(row);
  const ceiling = row.figure === null && row.ceiling_ratio !== null ? ` of ${ratioText(row.ceiling_ratio)}` : '';
  return `${ratioText(value)}${ceiling}`;
}

function barOf(row: Overhead, { label, slot }: ComparedLabel, name: string): Bar {
  const { value, interval } = ratioOf(row);
  const ceiling = row.figure === null ? row.ceiling_ratio : null;
  const words = ratioWords(row);
  return {
    label: `${name}, ${label}`,
    words,
    parts: value === null ? [] : [{ name, value, slot, words }],
    interval,
    ceiling: ceiling === null ? null : { value: ceiling, words: `ceiling ${ratioText(ceiling)}` },
  };
}

/** The end of the scale: an interval that reaches far beyond all values ends at the edge. */
function topOf(bars: readonly Bar[]): number {
  const values = bars.map(({ parts, ceiling }) => Math.max(1, parts[0]?.value ?? 0, ceiling?.value ?? 0));
  const ends = bars.map(({ interval }) => interval?.[1] ?? 0);
  return Math.min(Math.max(...values, ...ends), 1.5 * Math.max(...values)) * 1.02;
}

function tableRow(row: Overhead, { label }: ComparedLabel, name: string): readonly string[] {
  const { value, interval } = ratioOf(row);
  const range = interval === null ? UNKNOWN : `${ratioText(interval[0])} to ${ratioText(interval[1])}`;
  return [
    label,
    name,
    ratioText(value),
    range,
    countText(row.rounds),
    ratioText(row.ceiling_ratio),
    percentText(row.efficiency_ratio),
    timeText(row.added_rtt_ns),
    percentText(row.loss_ratio_added),
    ratioText(row.cpu_per_gbit_ratio),
  ];
}
