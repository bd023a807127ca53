/**
 * Results side by side: each figure of the others as a ratio to that of the first, the baseline.
 *
 * Runs are not paired, since they were not made in turns. Each side has the median of its rounds, or of the seconds of its one
 * round, with the 95 % interval of that median; the interval of the ratio is what both intervals allow.
 *
 * @module
 */
import { LAB_SCHEMA } from '../../core/shapes/lab.ts';
import { PATH_SCHEMA } from '../../core/shapes/path/document.ts';
import { RESULT_SCHEMA, type TestResult } from '../../core/shapes/result.ts';
import { ranToEnd } from '../../measure/limits/nothing-received.ts';
import { type MedianWithInterval, medianWithInterval } from '../../stats/median.ts';
import type { StoredDocument } from './stored-file.ts';

/** What an interval is made of; `null`: there are too few rounds and seconds, and no interval. */
export type IntervalSource = 'rounds' | 'seconds' | null;

/** One side of a comparison. */
export interface ComparedSide {
  /** Place of the document in the list, from 0. */
  readonly document: number;
  readonly median: number;
  readonly ci95: readonly [number, number] | null;
  readonly samples: number;
  readonly source: IntervalSource;
  /** Against the baseline; `null` for the baseline itself, and where that is 0. */
  readonly ratio: number | null;
  readonly ratio_interval: readonly [number, number] | null;
  /** Whether the two intervals do not overlap; `null` where one is missing. */
  readonly differs: boolean | null;
}

/** One figure of one test. */
export interface ComparedFigure {
  readonly path: string;
  readonly test: string;
  readonly protocol: string;
  readonly direction: string;
  readonly figure: string;
  /** In the order of the documents; the first is the baseline. */
  readonly sides: readonly ComparedSide[];
}

type Name = Omit<ComparedFigure, 'sides'>;
interface Samples {
  readonly name: Name;
  readonly rounds: number[];
  readonly seconds: number[];
}

/** Compares what the documents have in common. @param documents - the baseline first */
export function compareStored(documents: readonly StoredDocument[]): readonly ComparedFigure[] {
  const [baseline = new Map<string, Samples>(), ...others] = documents.map(samplesOf);
  return [...baseline].flatMap(([key, base]) => {
    const first = sideOf(base, 0, null);
    const sides = others.flatMap((other, place) => {
      const found = other.get(key);
      return found === undefined || first === null ? [] : (sideOf(found, place + 1, first) ?? []);
    });
    return first === null || sides.length === 0 ? [] : [{ ...base.name, sides: [first, ...sides] }];
  });
}

function sideOf({ rounds, seconds }: Samples, document: number, base: ComparedSide | null): ComparedSide | null {
  const own = medianWithInterval(rounds);
  if (own.median === null) return null;
  const within: MedianWithInterval = rounds.length === 1 ? medianWithInterval(seconds) : own;
  const source: IntervalSource = within.ci95 === null ? null : rounds.length === 1 ? 'seconds' : 'rounds';
  const { ci95, n: samples } = within;
  const side = { document, median: own.median, ci95, samples, source };
  if (base === null) return { ...side, ratio: null, ratio_interval: null, differs: null };
  const ratio = base.median === 0 ? null : own.median / base.median;
  if (ci95 === null || base.ci95 === null) return { ...side, ratio, ratio_interval: null, differs: null };
  const [low, high] = ci95;
  const [baseLow, baseHigh] = base.ci95;
  return {
    ...side,
    ratio,
    ratio_interval: baseLow > 0 && baseHigh > 0 ? [low / baseHigh, high / baseLow] : null,
    differs: low > baseHigh || high < baseLow,
  };
}

/** The samples of each figure of a document, by the name of the figure. */
function samplesOf(document: StoredDocument): Map<string, Samples> {
  const found = new Map<string, Samples>();
  const add = (name: Name, value: number | null, seconds: readonly (number | null)[] = []): void => {
    if (value === null) return;
    const key = JSON.stringify(name);
    const one = found.get(key) ?? { name, rounds: [], seconds: [] };
    one.rounds.push(value);
    one.seconds.push(...seconds.filter((second) => second !== null));
    found.set(key, one);
  };
  if (document.schema === PATH_SCHEMA) {
    for (const test of document.tests) {
      const name = { path: test.via ?? '', test: test.test, protocol: test.protocol, direction: '' };
      if ('rtt_ns' in test) add({ ...name, figure: 'rtt_ns.p50' }, test.rtt_ns.p50);
      if ('connect_ns' in test) add({ ...name, figure: 'connect_ns.p50' }, test.connect_ns.p50);
    }
  }
  if (document.schema === RESULT_SCHEMA || document.schema === LAB_SCHEMA) {
    // The first path is the baseline of its own run, however its host is called there.
    const pathOf = (test: TestResult): string => (test.path === document.paths[0]?.name ? 'baseline' : test.path);
    for (const test of document.tests) if (ranToEnd(test)) addTest(test, pathOf(test), add);
  }
  return found;
}

function addTest(
  test: TestResult,
  path: string,
  add: (name: Name, value: number | null, seconds?: readonly (number | null)[]) => void,
): void {
  const name = { path, test: test.test, protocol: test.protocol };
  if (test.test === 'bandwidth') {
    for (const flow of test.flows) {
      const of = { ...name, direction: flow.direction };
      const own = test.intervals.filter((row) => row.direction === flow.direction && !row.omitted);
      // A document of an earlier version has no sum of one stream.
      const sums = own.some((row) => row.stream === null) ? own.filter((row) => row.stream === null) : own;
      const isOfPackets = test.config.figure === 'packets';
      add(
        { ...of, figure: isOfPackets ? 'packets_per_s' : 'goodput_bps' },
        isOfPackets ? flow.packets_per_s : flow.goodput_bps,
        isOfPackets ? [] : sums.map((row) => row.goodput_bps),
      );
    }
  } else if (test.test === 'latency') {
    const seconds = test.intervals.map((row) => row.rtt_ns.p50);
    add({ ...name, direction: '', figure: 'rtt_ns.p50' }, test.rtt_ns.p50, seconds);
    add({ ...name, direction: '', figure: 'rtt_ns.p99' }, test.rtt_ns.p99);
  } else {
    add({ ...name, direction: '', figure: 'connections_per_s' }, test.connections_per_s);
  }
}
