/**
 * Comparison of paths: the list of paths, the figures of every round, the cost of each path, and the verdict in words.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import type { Overhead, PathResult, ResultDocument, TestFailure, TestResult } from '../../core/shapes/result.ts';
import { directionsOf } from '../../measure/stream-layout.ts';
import { countText, percentText, ratioText, shortText, shortTimeText, timeText, UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { measuredRateText, shortRateText } from '../text/rate-decimals.ts';
import { verdict } from '../text/words.ts';
import { captureLines } from './capture-lines.ts';
import { frequencyText } from './counts/packets-table.ts';
import { pathLabels, pathLines } from './path-words.ts';
import { comparedName, medianConnections, medianGoodput, medianPackets } from './rounds.ts';
import { testName } from './spec-words.ts';
import { errorText, failureText } from './test-frame.ts';

/** Paths, besides the baseline, that fit in one table of rounds. */
const VIAS_IN_A_TABLE = 2;
/** Cell of a test that did not begin. */
const FAILED = 'failed';

const LEGEND = [
  'Goodput: medians of the rounds. Ratio: median of path / baseline over paired rounds (n) with its 95% interval.',
  'Ceiling: what the added headers allow; efficiency: ratio / ceiling. Wire: bytes on the wire for each byte of payload.',
  'CPU: time of both hosts for each Gbit, path / baseline.',
].join(' ');

/** Lines of the comparison, none wider than the line. */
export function comparisonTable(document: ResultDocument, paint: Paint): readonly string[] {
  return [
    paint.bold('Paths'),
    ...pathLines(document.paths, paint),
    '',
    ...wrap('Rounds: goodput in bit/s (UDP: and loss), or the median round trip').map(paint.bold),
    ...roundTables(document),
    ...failureLines(document).map(paint.bad),
    '',
    ...overheadLines(document, paint),
    ...captureLines(document, paint),
    ...verdict(document)
      .flatMap((sentence) => wrap(sentence))
      .map(paint.bold),
  ];
}

function roundTables({ paths, tests, failures }: ResultDocument): readonly string[] {
  const baseline = paths.filter((path) => path.role === 'baseline');
  const vias = paths.filter((path) => path.role === 'via');
  const lines: string[] = [];
  for (let first = 0; first < vias.length; first += VIAS_IN_A_TABLE) {
    const shown = [...baseline, ...vias.slice(first, first + VIAS_IN_A_TABLE)];
    lines.push(...roundTable(shown, pathLabels(paths), tests, failures));
  }
  return lines;
}

function roundTable(
  paths: readonly PathResult[],
  labels: ReadonlyMap<string, string>,
  tests: readonly TestResult[],
  failures: readonly TestFailure[],
): readonly string[] {
  const rows = new Map<string, { readonly head: readonly string[]; readonly cells: Map<string, string> }>();
  const put = (round: number, name: string, path: string, text: string): void => {
    const key = `${round} ${name}`;
    const row = rows.get(key) ?? { head: [countText(round), name], cells: new Map<string, string>() };
    row.cells.set(path, text);
    rows.set(key, row);
  };
  for (const result of tests) {
    for (const { name, text } of roundFigures(result)) put(result.round, name, result.path, text);
  }
  for (const { round, path, config } of failures) {
    const directions = config.test !== 'bandwidth' ? [config.direction] : directionsOf(config);
    for (const direction of directions) put(round, testName({ ...config, direction }), path, FAILED);
  }
  return grid(
    ['round', 'test', ...paths.map(({ name }) => labels.get(name) ?? '')],
    [...rows.values()].map(({ head, cells }) => [...head, ...paths.map(({ name }) => cells.get(name) ?? UNKNOWN)]),
    'left',
    2,
  );
}

function roundFigures(result: TestResult): readonly { readonly name: string; readonly text: string }[] {
  if (result.test === 'latency') return [{ name: testName(result.config), text: shortTimeText(result.rtt_ns.p50) }];
  if (result.test === 'connections') {
    return [{ name: testName(result.config), text: frequencyText(result.connections_per_s) }];
  }
  return result.flows.map((flow) => {
    const packets = result.config.figure === 'packets';
    const loss = result.protocol === 'udp' ? ` ${percentText(flow.loss_ratio)}` : '';
    return {
      name: testName({ ...result.config, direction: flow.direction }),
      text: `${packets ? frequencyText(flow.packets_per_s) : shortRateText(flow.goodput_bps)}${loss}`,
    };
  });
}

/** Tests that failed. Their figures are not in the medians. */
function failureLines({ paths, tests, failures }: ResultDocument): readonly string[] {
  const labels = pathLabels(paths);
  const where = ({ round, config, path }: Pick<TestFailure, 'round' | 'config' | 'path'>): string =>
    `round ${countText(round)}, ${testName(config)}, ${labels.get(path) ?? UNKNOWN}`;
  return [
    ...tests
      .filter((result) => !result.complete || result.error !== null)
      .flatMap((result) => wrap(`${where(result)}: ${errorText(result) ?? ''}`)),
    ...failures.flatMap((failure) => wrap(`${where(failure)}: ${failureText(failure)}`)),
  ];
}

/** The table with its legend. No lines if only round trips were measured. */
function overheadLines(document: ResultDocument, paint: Paint): readonly string[] {
  if (document.overhead.length === 0) return [];
  return [
    paint.bold('Comparison: baseline above, path below'),
    ...overheadTable(document),
    ...wrap(LEGEND, ''),
    ...measuredMtuWords(document).flatMap((sentence) => wrap(sentence, '')),
    '',
  ];
}

/** A sentence if ceilings are those of path MTUs that were measured, with what the devices say where it is another size. */
function measuredMtuWords({ overhead, paths }: ResultDocument): readonly string[] {
  const measured = overhead.filter(({ mtu_source }) => mtu_source === 'measured');
  const [first] = measured;
  if (first === undefined) return [];
  const sizes = new Map([
    [first.baseline, first.baseline_mtu_bytes],
    ...measured.toReversed().map((row) => [row.path, row.path_mtu_bytes] as const),
  ]);
  const words = paths.flatMap(({ name, role, client }) => {
    const size = sizes.get(name) ?? null;
    if (size === null) return [];
    const device =
      client.mtu_bytes === null || client.mtu_bytes === size ? '' : ` (its device says ${client.mtu_bytes})`;
    return [`${size} on ${role === 'baseline' ? 'the baseline' : printable(name, 60)}${device}`];
  });
  return [`Ceilings are those of the path MTUs that were measured: ${words.join(', ')}.`];
}

function overheadTable(document: ResultDocument): readonly string[] {
  const labels = pathLabels(document.paths);
  return grid(
    ['test\npath', 'goodput', 'ratio (n)\n95%', 'ceiling\neffic.', 'added RTT\nloss', 'wire', 'CPU'],
    document.overhead.map((overhead) => overheadRow(document, overhead, labels.get(overhead.path) ?? UNKNOWN)),
    'left',
  );
}

/** What a row of the comparison is about: its figure on one path, and the ratio of that. */
interface ComparedFigure {
  readonly median: (document: ResultDocument, path: string, overhead: Overhead) => string;
  readonly ratio: (overhead: Overhead) => number | null;
  readonly interval: (overhead: Overhead) => readonly [number, number] | null;
}

const FIGURES: Readonly<Record<'goodput' | 'packets' | 'connections', ComparedFigure>> = {
  goodput: {
    median: (...where) => measuredRateText(medianGoodput(...where)),
    ratio: (overhead) => overhead.goodput_ratio,
    interval: (overhead) => overhead.goodput_ratio_ci95,
  },
  packets: {
    median: (...where) => frequencyText(medianPackets(...where)),
    ratio: (overhead) => overhead.packets_ratio,
    interval: (overhead) => overhead.packets_ratio_ci95,
  },
  connections: {
    median: (document, path) => frequencyText(medianConnections(document, path)),
    ratio: (overhead) => overhead.connections_ratio,
    interval: (overhead) => overhead.connections_ratio_ci95,
  },
};

function overheadRow(document: ResultDocument, overhead: Overhead, label: string): readonly string[] {
  const { ratio, interval, median } = FIGURES[overhead.figure ?? 'goodput'];
  const of = (path: string): string => median(document, path, overhead);
  const ci95 = interval(overhead);
  const range = ci95 === null ? UNKNOWN : `${ratioText(ci95[0])}..${ratioText(ci95[1])}`;
  return [
    `${comparedName(document, overhead)}\n${label}`,
    `${of(overhead.baseline)}\n${of(overhead.path)}`,
    `${ratioText(ratio(overhead))} (${shortText(overhead.rounds)})\n${range}`,
    `${ratioText(overhead.ceiling_ratio)}\n${ratioText(overhead.efficiency_ratio)}`,
    `${timeText(overhead.added_rtt_ns)}\n${percentText(overhead.loss_ratio_added)}`,
    `${ratioText(overhead.baseline_wire_bytes_per_payload_byte)}\n${ratioText(overhead.wire_bytes_per_payload_byte)}`,
    ratioText(overhead.cpu_per_gbit_ratio),
  ];
}
