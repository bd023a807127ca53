/**
 * Figures of bandwidth tests over time: one chart for each protocol, direction and figure, with every path on one axis.
 *
 * @module
 */
import type { Interval } from '../../../core/shapes/flow.ts';
import type { BandwidthResult, ResultDocument } from '../../../core/shapes/result.ts';
import type { FlowDirection } from '../../../core/shapes/spec.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { testName } from '../../test/spec-words.ts';
import { countText, rateText, shortText } from '../../text/figures.ts';
import { elapsedWords } from '../charts/chart-words.ts';
import type { Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { pathSeries } from './paths.ts';
import { type TimedRun, timeFigure } from './time-figure.ts';

/** What is drawn of an interval. */
interface IntervalMetric {
  readonly title: string;
  readonly axis: string;
  readonly value: (row: IntervalSum) => number | null;
  readonly words: (value: number | null) => string;
  readonly mark: (value: number) => string;
  /** Whether it is drawn although it is 0 everywhere. */
  readonly isAlways: boolean;
}

/** One interval of all streams of a direction together. */
export interface IntervalSum {
  readonly start_ns: number;
  readonly end_ns: number;
  readonly goodput_bps: number;
  readonly packets_received: number | null;
  readonly packets_lost: number | null;
  readonly retransmits: number | null;
}

const GOODPUT: IntervalMetric = {
  title: 'Goodput',
  axis: 'bit/s',
  value: (row) => row.goodput_bps,
  words: rateText,
  mark: shortText,
  isAlways: true,
};
const PACKETS: IntervalMetric = {
  title: 'Packets a second',
  axis: 'packets/s',
  value: ({ packets_received: count, start_ns, end_ns }) =>
    count === null || end_ns <= start_ns ? null : (count * NS_PER_S) / (end_ns - start_ns),
  words: (value) => (value === null ? '-' : `${shortText(value)}/s`),
  mark: shortText,
  isAlways: true,
};
const LOST: IntervalMetric = {
  title: 'Lost packets',
  axis: 'packets',
  value: (row) => row.packets_lost,
  words: countText,
  mark: shortText,
  isAlways: false,
};
const RETRANSMITS: IntervalMetric = {
  title: 'Retransmitted segments',
  axis: 'segments',
  value: (row) => row.retransmits,
  words: countText,
  mark: shortText,
  isAlways: false,
};

/** The figures of all bandwidth tests over time. */
export function intervalFigures(document: Pick<ResultDocument, 'paths' | 'tests'>, level: Level): readonly Html[] {
  const groups = new Map<
    string,
    { readonly name: string; readonly direction: FlowDirection; tests: BandwidthResult[] }
  >();
  for (const test of document.tests) {
    if (test.test !== 'bandwidth') continue;
    for (const direction of new Set(test.intervals.map((row) => row.direction))) {
      const name = testName({ ...test.config, direction });
      const group = groups.get(name) ?? { name, direction, tests: [] };
      group.tests.push(test);
      groups.set(name, group);
    }
  }
  const series = pathSeries(document);
  return [...groups.values()].flatMap(({ name, direction, tests }) => {
    const isPackets = tests[0]?.config.figure === 'packets';
    const runs = tests.map((test) => ({ ...test, rows: intervalSums(test.intervals, direction) }));
    const metrics = [...(isPackets ? [PACKETS] : [GOODPUT]), LOST, RETRANSMITS];
    return metrics.flatMap((metric) => {
      const drawn: readonly TimedRun[] = runs.map(({ path, round, rows }) => ({
        path,
        round,
        rows: rows.map((row) => ({ start_ns: row.start_ns, end_ns: row.end_ns, y: metric.value(row) })),
      }));
      const isNothing = drawn.every(({ rows }) => rows.every(({ y }) => y === null || (y === 0 && !metric.isAlways)));
      if (isNothing) return [];
      return timeFigure({ ...metric, level, name, series, runs: drawn, timeWords: elapsedWords });
    });
  });
}

/**
 * The rows of a direction for all streams together, without the warm-up. Where a test of one stream has no row of the sum,
 * it is that of the stream; the rows of several streams are added up.
 */
export function intervalSums(rows: readonly Interval[], direction: FlowDirection): readonly IntervalSum[] {
  const counted = rows.filter((row) => row.direction === direction && !row.omitted);
  const sums = counted.filter((row) => row.stream === null);
  if (sums.length > 0) return sums;
  const byStart = new Map<number, IntervalSum>();
  for (const row of counted) {
    const before = byStart.get(row.start_ns);
    byStart.set(row.start_ns, before === undefined ? row : added(before, row));
  }
  return [...byStart.values()];
}

function added(a: IntervalSum, b: IntervalSum): IntervalSum {
  return {
    start_ns: a.start_ns,
    end_ns: Math.max(a.end_ns, b.end_ns),
    goodput_bps: a.goodput_bps + b.goodput_bps,
    packets_received: sum(a.packets_received, b.packets_received),
    packets_lost: sum(a.packets_lost, b.packets_lost),
    retransmits: sum(a.retransmits, b.retransmits),
  };
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
