/**
 * The lanes of one test side by side: sources or families, and how each compares with the first.
 *
 * @module
 */
import type { PathTestResult } from '../../../core/shapes/path/document.ts';
import { percentText, shortTimeText, UNKNOWN } from '../../text/figures.ts';
import { grid } from '../../text/grid.ts';
import { wrap } from '../../text/layout.ts';
import { mtusWords, timesWords, tracesWords } from './compared-words.ts';
import { laneNames } from './lane-names.ts';

/** What a lane is compared in, in the order of the rows. */
type Figures = ReadonlyMap<string, string>;

/** Tables of all tests that have several lanes. */
export function laneTables(tests: readonly PathTestResult[]): readonly string[] {
  const groups = new Map<string, PathTestResult[]>();
  for (const test of tests) {
    const key = `${test.test} ${test.protocol}`;
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  return [...groups.values()].filter((lanes) => lanes.length > 1).flatMap((lanes) => ['', ...laneTable(lanes)]);
}

function laneTable(lanes: readonly PathTestResult[]): readonly string[] {
  const names = laneNames(lanes);
  const cells = lanes.map(figuresOf);
  const labels = [...new Set(cells.flatMap((row) => [...row.keys()]))];
  const rows = labels.map((label) => [label, ...cells.map((row) => row.get(label) ?? '-')]);
  const [first] = lanes;
  return [
    ...grid(['', ...names], rows, 'right'),
    ...lanes.flatMap((lane, place) =>
      comparedWords(names[place] ?? '', names[0] ?? '', lane, first).flatMap((sentence) => wrap(sentence)),
    ),
  ];
}

function figuresOf(lane: PathTestResult): Figures {
  switch (lane.test) {
    case 'http':
      return new Map([
        ['resolve 50%', shortTimeText(lane.resolve_ns.p50)],
        ['connect 50%', shortTimeText(lane.connect_ns.p50)],
        ['TLS 50%', shortTimeText(lane.tls_ns.p50)],
        ['first byte 50%', shortTimeText(lane.first_byte_ns.p50)],
        ['transfer 50%', shortTimeText(lane.transfer_ns.p50)],
        ['total 50%', shortTimeText(lane.total_ns.p50)],
        ['total max', shortTimeText(lane.total_ns.max)],
      ]);
    case 'connections':
      return new Map([
        ['a second', lane.opened_per_s === null ? UNKNOWN : lane.opened_per_s.toFixed(0)],
        ['connect 50%', shortTimeText(lane.connect_ns.p50)],
        ['connect 99%', shortTimeText(lane.connect_ns.p99)],
        ['failed', percentText(lane.failure_ratio)],
      ]);
    case 'trace':
    case 'mtr':
      return new Map([
        ['hops', sizeText(lane.hop_count)],
        ['50%', shortTimeText(lane.rtt_ns.p50)],
        ['max', shortTimeText(lane.rtt_ns.max)],
        ['lost', percentText(lane.loss_ratio)],
      ]);
    case 'mtu':
      return new Map([
        ['path MTU', sizeText(lane.path_mtu_bytes)],
        ['to the target', sizeText(lane.forward?.path_mtu_bytes ?? null)],
        ['from the target', sizeText(lane.backward?.path_mtu_bytes ?? null)],
      ]);
    case 'ping':
    case 'latency':
      return new Map([
        ['50%', shortTimeText(lane.rtt_ns.p50)],
        ['99%', shortTimeText(lane.rtt_ns.p99)],
        ['max', shortTimeText(lane.rtt_ns.max)],
        ['lost', percentText(lane.loss_ratio)],
      ]);
    default:
      return lane satisfies never;
  }
}

function sizeText(size: number | null): string {
  return size === null ? UNKNOWN : `${size}`;
}

/** How a lane compares with the first one, in sentences; none for the first one itself. */
function comparedWords(
  name: string,
  base: string,
  lane: PathTestResult,
  first: PathTestResult | undefined,
): readonly string[] {
  if (lane.compared === null) return [];
  if (lane.test === 'mtu') return first?.test === 'mtu' ? [mtusWords(name, base, lane, first)] : [];
  const times = timesWords(name, base, lane.compared);
  if (lane.test !== 'trace' && lane.test !== 'mtr') return [times];
  if (first?.test !== lane.test) return [times];
  return [tracesWords(name, base, lane, first), ...(lane.reached && first.reached ? [times] : [])];
}
