/**
 * The lanes of one test side by side: sources or families, and how each compares with the first.
 *
 * @module
 */
import type { PathTestResult } from '../../../core/shapes/path/document.ts';
import type { LaneComparison } from '../../../core/shapes/path/ping.ts';
import { percentText, ratioText, shortTimeText } from '../../text/figures.ts';
import { grid } from '../../text/grid.ts';
import { wrap } from '../../text/layout.ts';
import { laneNames } from './lane-names.ts';

type Comparable = Extract<PathTestResult, { readonly compared: LaneComparison | null }>;

/** Tables of all tests that have several lanes. */
export function laneTables(tests: readonly PathTestResult[]): readonly string[] {
  const groups = new Map<string, Comparable[]>();
  for (const test of tests) {
    if (!('compared' in test)) continue;
    const key = `${test.test} ${test.protocol}`;
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  return [...groups.values()].filter((lanes) => lanes.length > 1).flatMap((lanes) => ['', ...laneTable(lanes)]);
}

function laneTable(lanes: readonly Comparable[]): readonly string[] {
  const names = laneNames(lanes);
  const cells = lanes.map(figuresOf);
  const labels = [...new Set(cells.flatMap((row) => [...row.keys()]))];
  const rows = labels.map((label) => [label, ...cells.map((row) => row.get(label) ?? '-')]);
  return [
    ...grid(['', ...names], rows, 'right'),
    ...lanes.flatMap(({ compared }, place) =>
      compared === null ? [] : wrap(comparedWords(names[place] ?? '', names[0] ?? '', compared)),
    ),
  ];
}

function figuresOf(lane: Comparable): ReadonlyMap<string, string> {
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
        ['a second', lane.opened_per_s === null ? '-' : lane.opened_per_s.toFixed(0)],
        ['connect 50%', shortTimeText(lane.connect_ns.p50)],
        ['connect 99%', shortTimeText(lane.connect_ns.p99)],
        ['failed', percentText(lane.failure_ratio)],
      ]);
    default:
      return new Map([
        ['50%', shortTimeText(lane.rtt_ns.p50)],
        ['99%', shortTimeText(lane.rtt_ns.p99)],
        ['max', shortTimeText(lane.rtt_ns.max)],
        ['lost', percentText(lane.loss_ratio)],
      ]);
  }
}

function comparedWords(name: string, base: string, compared: LaneComparison): string {
  const { rounds, median_ratio: ratio, ratio_ci95: interval, median_difference_ns: difference } = compared;
  if (ratio === null || difference === null) return `${name} compared with ${base}: no round in which both answered`;
  const range = interval === null ? '' : ` (95 % interval ${ratioText(interval[0])} to ${ratioText(interval[1])})`;
  const sign = difference < 0 ? '-' : '+';
  const times = `${sign}${shortTimeText(Math.abs(difference))}`;
  return `${name} compared with ${base}: ${ratioText(ratio)} times${range}, ${times}; medians of ${rounds} paired rounds`;
}
