/**
 * The result of every test in one table, and those that stand out as tiles.
 *
 * @module
 */
import type { ResultDocument, TestResult } from '../../../core/shapes/result.ts';
import { median } from '../../../stats/median.ts';
import { causeWords } from '../../test/cause-words.ts';
import { frequencyText } from '../../test/counts/packets-table.ts';
import { testName } from '../../test/spec-words.ts';
import { errorText } from '../../test/test-frame.ts';
import { countText, percentText, rateText, shortTimeText, UNKNOWN } from '../../text/figures.ts';
import type { Html } from '../parts/html.ts';
import type { Tile } from '../parts/prose.ts';
import { table } from '../parts/table.ts';
import type { PathSeries } from './paths.ts';

/** The main figure of one test, or of one direction of it. */
interface MainFigure {
  readonly path: string;
  readonly round: number;
  readonly name: string;
  readonly kind: 'rate' | 'packets' | 'time' | 'connections';
  readonly value: number | null;
  readonly loss: number | null;
  readonly limits: string;
  readonly error: string | null;
}

const WORDS: Readonly<Record<MainFigure['kind'], (value: number | null) => string>> = {
  rate: rateText,
  packets: frequencyText,
  time: shortTimeText,
  connections: frequencyText,
};
const ABOUT: Readonly<Record<MainFigure['kind'], string>> = {
  rate: 'goodput',
  packets: 'packets a second',
  time: 'median round trip',
  connections: 'connections a second',
};

/** Tiles: the median over the rounds of each test on each path. */
export function testTiles({ tests }: ResultDocument, series: readonly PathSeries[]): readonly Tile[] {
  const groups = new Map<string, MainFigure[]>();
  for (const one of tests.flatMap(mainFigures)) {
    const key = JSON.stringify([one.path, one.name]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const known = group.flatMap(({ value }) => value ?? []);
    const rounds = group.length > 1 ? `, median of ${group.length} rounds` : '';
    const label = series.length > 1 ? `, ${labelOf(series, first.path)}` : '';
    const value = WORDS[first.kind](median(known));
    return [{ name: first.name, value, about: `${ABOUT[first.kind]}${label}${rounds}` }];
  });
}

/** A table with a row for each test and direction; `null` without tests. */
export function testTable({ tests, failures }: ResultDocument, series: readonly PathSeries[]): Html | null {
  if (tests.length + failures.length === 0) return null;
  const measured = tests
    .flatMap(mainFigures)
    .map((one) => [
      one.name,
      labelOf(series, one.path),
      countText(one.round),
      `${WORDS[one.kind](one.value)}`,
      percentText(one.loss),
      one.error ?? one.limits,
    ]);
  const failed = failures.map(({ config, path, round, error }) => [
    testName(config),
    labelOf(series, path),
    countText(round),
    UNKNOWN,
    UNKNOWN,
    `no result: ${error.code}: ${error.message}`,
  ]);
  return table({
    caption: 'Every test: goodput, packets or connections a second, or the median round trip',
    head: ['test', 'path', 'round', 'figure', 'loss', 'limited by'],
    textColumns: [1, 5],
    rows: [...measured, ...failed],
  });
}

function labelOf(series: readonly PathSeries[], path: string): string {
  return series.find((one) => one.path === path)?.label ?? path;
}

function mainFigures(test: TestResult): readonly MainFigure[] {
  const { path, round } = test;
  const base = { path, round, limits: '', error: errorText(test) };
  if (test.test === 'latency') {
    const { loss_ratio: loss, rtt_ns } = test;
    return [{ ...base, name: testName(test.config), kind: 'time', value: rtt_ns.p50, loss }];
  }
  if (test.test === 'connections') {
    const { connections_per_s: value, failure_ratio: loss } = test;
    return [{ ...base, name: testName(test.config), kind: 'connections', value, loss }];
  }
  const isPackets = test.config.figure === 'packets';
  return test.flows.map((flow) => ({
    ...base,
    name: testName({ ...test.config, direction: flow.direction }),
    kind: isPackets ? 'packets' : 'rate',
    value: isPackets ? flow.packets_per_s : flow.goodput_bps,
    loss: flow.loss_ratio,
    limits: test.limited_by
      .filter(({ direction }) => direction === flow.direction)
      .map(({ cause, evidence }) => `${causeWords(cause)}: ${evidence}`)
      .join('; '),
  }));
}
