/**
 * Figures of latency tests: the distribution of round trips, round trips over time, and lost probes.
 *
 * @module
 */
import type { Distribution } from '../../../core/shapes/flow.ts';
import type { LatencyResult, ResultDocument } from '../../../core/shapes/result.ts';
import { testName } from '../../test/spec-words.ts';
import { countText, percentText, shortText, shortTimeText } from '../../text/figures.ts';
import { elapsedWords, timeMark } from '../charts/chart-words.ts';
import { percentileChart } from '../charts/percentile-chart.ts';
import { legend } from '../charts/plot.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { type PathSeries, pathSeries } from './paths.ts';
import { timeFigure } from './time-figure.ts';

/** A distribution with what it is of. */
export interface NamedTimes {
  readonly label: string;
  readonly slot: number;
  readonly times: Distribution;
}

/** The figures of all latency tests. */
export function latencyFigures(document: Pick<ResultDocument, 'paths' | 'tests'>, level: Level): readonly Html[] {
  const series = pathSeries(document);
  const groups = new Map<string, LatencyResult[]>();
  for (const test of document.tests) {
    if (test.test !== 'latency') continue;
    const name = testName(test.config);
    groups.set(name, [...(groups.get(name) ?? []), test]);
  }
  return [...groups].flatMap(([name, tests]) => [
    ...distributionFigure(`Round trips, ${name}`, curvesOf(tests, series), level),
    ...overTime(name, tests, series, level),
    ...lossFigure(name, tests, series, level),
  ]);
}

/** The figure of several distributions on one axis; none if none of them has a sample. */
export function distributionFigure(title: string, curves: readonly NamedTimes[], level: Level): readonly Html[] {
  const measured = curves.filter(({ times }) => times.n > 0);
  const about = measured.map(
    ({ label, times }) => `${label}: half at or below ${shortTimeText(times.p50)}, slowest ${shortTimeText(times.max)}`,
  );
  const chart = percentileChart({
    title: `Distribution: ${title}`,
    description: `${about.join('. ')}.`,
    curves: measured,
    timeWords: timeMark,
    xName: 'time',
  });
  if (chart === null) return [];
  const fields = ['min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'p9999', 'max'] as const;
  const names = ['min', 'mean', '50%', '90%', '95%', '99%', '99.9%', '99.99%', 'max'];
  return [
    figure({
      level,
      title,
      notes: ['The share of samples at or below a time; each step upward is a part of what is left.'],
      legend: legend(measured),
      chart,
      table: {
        caption: title,
        head: ['of', 'samples', ...names],
        rows: measured.map(({ label, times }) => [
          label,
          countText(times.n),
          ...fields.map((field) => shortTimeText(times[field])),
        ]),
      },
    }),
  ];
}

/** Of several rounds the one with the median of the medians: percentiles of rounds cannot be added up. */
function curvesOf(tests: readonly LatencyResult[], series: readonly PathSeries[]): readonly NamedTimes[] {
  return series.flatMap(({ path, label, slot }) => {
    const own = tests
      .filter((test) => test.path === path && test.rtt_ns.p50 !== null)
      .toSorted((a, b) => (a.rtt_ns.p50 ?? 0) - (b.rtt_ns.p50 ?? 0));
    const middle = own[(own.length - 1) >> 1];
    if (middle === undefined) return [];
    return [{ label: own.length > 1 ? `${label}, round ${middle.round}` : label, slot, times: middle.rtt_ns }];
  });
}

function overTime(
  name: string,
  tests: readonly LatencyResult[],
  series: readonly PathSeries[],
  level: Level,
): readonly Html[] {
  const runs = tests.map(({ path, round, intervals }) => ({
    path,
    round,
    rows: intervals.map(({ start_ns, end_ns, rtt_ns: { p50, min, p99 } }) => ({
      start_ns,
      end_ns,
      y: p50,
      ...(min === null || p99 === null ? {} : { low: min, high: p99 }),
    })),
  }));
  if (runs.every(({ rows }) => rows.every(({ y }) => y === null))) return [];
  return [
    timeFigure({
      level,
      title: 'Round trips over time',
      name,
      axis: 'round trip',
      series,
      runs,
      words: shortTimeText,
      mark: timeMark,
      timeWords: elapsedWords,
      bandWords: 'The line is the median of each interval, the band reaches from the fastest to 99%.',
      isLogarithmic: true,
    }),
  ];
}

function lossFigure(
  name: string,
  tests: readonly LatencyResult[],
  series: readonly PathSeries[],
  level: Level,
): readonly Html[] {
  if (tests.every((test) => test.packets_lost === 0)) return [];
  const runs = tests.map(({ path, round, intervals }) => ({
    path,
    round,
    rows: intervals.map(({ start_ns, end_ns, packets_sent, packets_received }) => ({
      start_ns,
      end_ns,
      y: Math.max(0, packets_sent - packets_received),
    })),
  }));
  if (runs.every(({ rows }) => rows.length === 0)) return [];
  const totals = tests.map(({ path, round, packets_lost, loss_ratio, loss_runs: { n, mean, max } }) => {
    const label = series.find((one) => one.path === path)?.label ?? path;
    const where = tests.some((other) => other.round !== round) ? `${label}, round ${round}` : label;
    const runsWords =
      n === 0
        ? ''
        : `; in ${countText(n)} runs, mean ${mean === null ? '-' : mean.toFixed(1)}, longest ${countText(max)}`;
    return `${where}: ${countText(packets_lost)} lost (${percentText(loss_ratio)})${runsWords}.`;
  });
  return [
    timeFigure({
      level,
      title: 'Unanswered probes',
      name,
      axis: 'probes',
      series,
      runs,
      words: countText,
      mark: shortText,
      timeWords: elapsedWords,
      bandWords: totals.join(' '),
    }),
  ];
}
