/**
 * Tests of connections: connections a second over time, and how long each took.
 *
 * @module
 */
import type { ConnectionTestResult, ResultDocument } from '../../../core/shapes/result.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { frequencyText } from '../../test/counts/packets-table.ts';
import { testName } from '../../test/spec-words.ts';
import { shortText } from '../../text/figures.ts';
import { elapsedWords } from '../charts/chart-words.ts';
import type { Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { distributionFigure } from './latency-figures.ts';
import { pathSeries } from './paths.ts';
import { timeFigure } from './time-figure.ts';

/** The figures of all tests of connections. */
export function connectionFigures(document: Pick<ResultDocument, 'paths' | 'tests'>, level: Level): readonly Html[] {
  const tests = document.tests.filter((test): test is ConnectionTestResult => test.test === 'connections');
  const [first] = tests;
  if (first === undefined) return [];
  const series = pathSeries(document);
  const name = testName(first.config);
  const runs = tests.map(({ path, round, intervals }) => ({
    path,
    round,
    rows: intervals
      .filter(({ omitted }) => !omitted)
      .map(({ start_ns, end_ns, connections_opened: n }) => ({
        start_ns,
        end_ns,
        y: end_ns > start_ns ? (n * NS_PER_S) / (end_ns - start_ns) : null,
      })),
  }));
  const curves = series.flatMap(({ path, label, slot }) => {
    const own = tests.find((test) => test.path === path);
    return own === undefined ? [] : [{ label, slot, times: own.connect_ns }];
  });
  const words = { title: 'Connections a second', axis: 'connections/s', words: frequencyText, mark: shortText };
  return [
    ...(runs.every(({ rows }) => rows.length === 0)
      ? []
      : [timeFigure({ ...words, level, name, series, runs, timeWords: elapsedWords })]),
    ...distributionFigure(`Time to connect, ${name}, first round`, curves, level),
  ];
}
