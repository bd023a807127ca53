/**
 * A chart over time of every path, with the rounds of a comparison one after the other.
 *
 * @module
 */
import { bucketed, bucketNote, bucketSize, type Point } from '../charts/buckets.ts';
import { lineChart } from '../charts/line-chart.ts';
import { legend } from '../charts/plot.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import type { PathSeries } from './paths.ts';

/** One value of a test at a time since its measured part began. */
export interface TimedValue {
  readonly start_ns: number;
  readonly end_ns: number;
  readonly y: number | null;
  readonly low?: number;
  readonly high?: number;
}

/** The values of one test. */
export interface TimedRun {
  readonly path: string;
  readonly round: number;
  readonly rows: readonly TimedValue[];
}

/** What the figure shows. */
export interface TimeFigure {
  readonly level: Level;
  readonly title: string;
  /** What was tested. */
  readonly name: string;
  readonly axis: string;
  readonly series: readonly PathSeries[];
  readonly runs: readonly TimedRun[];
  readonly words: (value: number | null) => string;
  readonly mark: (value: number) => string;
  readonly timeWords: (ns: number) => string;
  /** What the point and the band of one row are, if it has a band. */
  readonly bandWords?: string;
  readonly isLogarithmic?: boolean;
}

/** A series with all its points, and the rows of the table. */
interface Drawn extends PathSeries {
  readonly points: readonly Point[];
  readonly count: number;
}

/** The figure element. */
export function timeFigure(parts: TimeFigure): Html {
  const { level, title, name, axis, runs, words, mark, timeWords } = parts;
  const starts = roundStarts(runs);
  const drawn = parts.series.flatMap((one) => drawnSeries(one, runs, starts));
  const longest = Math.max(...drawn.map(({ count }) => count));
  const note = bucketNote(longest, 'intervals');
  const rounds = [...starts.entries()];
  const between = rounds.slice(1).map(([round, x]) => ({ x, words: `round ${round}` }));
  const about = drawn.map(({ label, points }) => `${label}: ${rangeWords(points, words)}`).join('. ');
  return figure({
    level,
    title: `${title}, ${name}`,
    notes: [
      ...(rounds.length > 1 ? [`${rounds.length} rounds, one after the other; the paths took turns in each.`] : []),
      ...(parts.bandWords === undefined ? [] : [parts.bandWords]),
      ...(note === null ? [] : [note]),
    ],
    legend: legend(drawn),
    chart: lineChart({
      title: `${title} over time, ${name}`,
      description: `${about}.`,
      lines: drawn,
      xWords: timeWords,
      xName: 'time of the test',
      yWords: mark,
      yName: axis,
      isLogarithmic: parts.isLogarithmic === true,
      rules: between,
    }),
    table: {
      caption: `${title} over time, ${name}`,
      head: ['from', 'to', ...drawn.map(({ label }) => label)],
      rows: tableRows(parts, drawn, starts),
    },
  });
}

/** When each round begins on the axis: after the longest test of the round before. */
function roundStarts(runs: readonly TimedRun[]): ReadonlyMap<number, number> {
  const lengths = new Map<number, number>();
  for (const { round, rows } of runs) {
    lengths.set(round, Math.max(lengths.get(round) ?? 0, rows.at(-1)?.end_ns ?? 0));
  }
  let start = 0;
  const starts = new Map<number, number>();
  for (const round of [...lengths.keys()].toSorted((a, b) => a - b)) {
    starts.set(round, start);
    start += lengths.get(round) ?? 0;
  }
  return starts;
}

function drawnSeries(
  series: PathSeries,
  runs: readonly TimedRun[],
  starts: ReadonlyMap<number, number>,
): readonly Drawn[] {
  const own = runs.filter(({ path, rows }) => path === series.path && rows.length > 0);
  if (own.length === 0) return [];
  const pieces = own.map(({ round, rows }) => bucketed(rows.map((row) => pointOf(row, starts.get(round) ?? 0))));
  // A gap between rounds: nothing was measured on this path meanwhile.
  const points = pieces.flatMap((piece, index) => (index === 0 ? piece : [{ x: piece[0]?.x ?? 0, y: null }, ...piece]));
  return [{ ...series, points, count: Math.max(...own.map(({ rows }) => rows.length)) }];
}

/** The point of a row is at the end of its interval, when its figure is known. */
function pointOf({ end_ns, y, low, high }: TimedValue, start: number): Point {
  const band = low === undefined || high === undefined ? {} : { low, high };
  return { x: start + end_ns, y, ...band };
}

function tableRows(
  { runs, words, timeWords }: TimeFigure,
  drawn: readonly Drawn[],
  starts: ReadonlyMap<number, number>,
): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (const [round] of starts) {
    const ofRound = drawn.map(({ path }) => runs.find((run) => run.path === path && run.round === round)?.rows ?? []);
    const size = Math.max(...ofRound.map((values) => bucketSize(values.length)));
    const longest = ofRound.reduce((a, b) => (b.length > a.length ? b : a), []);
    for (let first = 0; first < longest.length; first += size) {
      const last = longest[Math.min(longest.length, first + size) - 1];
      const prefix = starts.size > 1 ? `round ${round}, ` : '';
      const cells = ofRound.map((values) => cellWords(values.slice(first, first + size), words));
      rows.push([`${prefix}${timeWords(longest[first]?.start_ns ?? 0)}`, timeWords(last?.end_ns ?? 0), ...cells]);
    }
  }
  return rows;
}

/** One value, or of several the mean and the range. */
function cellWords(values: readonly TimedValue[], words: (value: number | null) => string): string {
  const known = values.flatMap(({ y }) => (y === null ? [] : [y]));
  const [first] = known;
  if (first === undefined) return words(null);
  if (values.length === 1) return words(first);
  const { mean, low, high } = summaryOf(known);
  return `${words(mean)} (${words(low)} to ${words(high)})`;
}

function rangeWords(points: readonly Point[], words: (value: number | null) => string): string {
  const known = points.flatMap(({ y }) => (y === null ? [] : [y]));
  if (known.length === 0) return 'nothing was measured';
  const { mean, low, high } = summaryOf(known);
  return `mean ${words(mean)}, lowest ${words(low)}, highest ${words(high)}`;
}

function summaryOf(values: readonly number[]): { readonly mean: number; readonly low: number; readonly high: number } {
  let [sum, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    sum += value;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { mean: sum / values.length, low, high };
}
