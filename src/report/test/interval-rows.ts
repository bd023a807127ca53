/**
 * One reporting interval in the format of ethr, with additional columns.
 *
 * ```text
 * [  ID ]   Protocol    Interval      Bits/s    Retr      Cwnd       RTT
 * [    1]     TCP      000-001 sec     9.41G      12   1.25MiB   412.0µs
 * ```
 *
 * The first 42 columns are ethr's, character for character, as long as a test is shorter than 1000
 * seconds. `Bits/s`, `Lost/Total` and `Loss` are measured by the receiver; `Retr`, `Cwnd` and `RTT` by the sender. If a
 * line has no room for all columns, those with the greatest rank are left out.
 *
 * @module
 */
import type { Distribution, Interval } from '../../core/shapes/flow.ts';
import type { LatencyInterval } from '../../core/shapes/result.ts';
import type { Protocol } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { countText, percentText, shortSizeText, shortText, shortTimeText, UNKNOWN } from '../text/figures.ts';
import { lineWidth } from '../text/layout.ts';
import { shortRateText } from '../text/rate-decimals.ts';

const COMMON_HEADER = '[  ID ]   Protocol    Interval      Bits/s';

interface Column<R> {
  readonly title: string;
  readonly width: number;
  /** If there is not room for all columns, the one with the greatest rank is left out first. */
  readonly rank: number;
  readonly text: (row: R) => string;
}

const TCP_COLUMNS: readonly Column<Interval>[] = [
  { title: 'Retr', width: 8, rank: 1, text: (row) => countText(row.retransmits) },
  { title: 'Cwnd', width: 10, rank: 3, text: (row) => shortSizeText(row.snd_cwnd_bytes) },
  { title: 'RTT', width: 10, rank: 2, text: (row) => shortTimeText(row.rtt_ns) },
];
const UDP_COLUMNS: readonly Column<Interval>[] = [
  { title: 'Pkts/s', width: 9, rank: 3, text: packetRateText },
  { title: 'Lost/Total', width: 14, rank: 4, text: lostOfTotalText },
  { title: 'Loss', width: 7, rank: 1, text: lossShareText },
  { title: 'Jitter', width: 8, rank: 2, text: (row) => shortTimeText(row.jitter_rfc3550_ns) },
];
const BANDWIDTH_COLUMNS = { tcp: TCP_COLUMNS, udp: UDP_COLUMNS } as const;

/** Width of a latency column. Those of ethr have six digits, and nine of them take 81 columns. */
const LATENCY_WIDTH = 8;
const latencyColumn = (
  title: string,
  rank: number,
  field: Exclude<keyof Distribution, 'n'>,
): Column<LatencyInterval> => ({
  title,
  width: LATENCY_WIDTH,
  rank,
  text: (row) => shortTimeText(row.rtt_ns[field]),
});
const LATENCY_COLUMNS = [
  latencyColumn('Avg', 5, 'mean'),
  latencyColumn('Min', 3, 'min'),
  latencyColumn('50%', 1, 'p50'),
  latencyColumn('90%', 7, 'p90'),
  latencyColumn('95%', 8, 'p95'),
  latencyColumn('99%', 2, 'p99'),
  latencyColumn('99.9%', 6, 'p999'),
  latencyColumn('99.99%', 9, 'p9999'),
  latencyColumn('Max', 4, 'max'),
];

/** Header of a bandwidth test: a dashed rule and the column names. */
export function intervalHeader(protocol: Protocol): readonly string[] {
  const columns = fitting(BANDWIDTH_COLUMNS[protocol], COMMON_HEADER.length);
  const names = COMMON_HEADER + columns.map(({ title, width }) => title.padStart(width)).join('');
  return [ruler(names.length), names];
}

/**
 * Rows of one interval. The row of the sum is left out if there is one stream only. The direction is shown only for a
 * bidirectional test.
 */
export function intervalRows(protocol: Protocol, rows: readonly Interval[], bidirectional: boolean): readonly string[] {
  const columns = fitting(BANDWIDTH_COLUMNS[protocol], COMMON_HEADER.length);
  return rows
    .filter((row) => row.stream !== null || streamsOf(rows, row) !== 1)
    .map((row) => {
      const direction = bidirectional ? (row.direction === 'upload' ? ' up' : ' down') : '';
      const id = row.stream === null ? 'SUM' : `${row.stream}`;
      const name = `${protocol.toUpperCase()}${direction}`.padEnd(9);
      const start = `[${id.padStart(5)}]     ${name}${intervalText(row).padStart(11)}   ${cell(shortRateText(row.goodput_bps), 7)}`;
      return fitted(start + columns.map(({ text, width }) => cell(text(row), width)).join(''));
    });
}

/** Header of a latency test: a rule and the column names of ethr. */
export function latencyHeader(): readonly string[] {
  const names = fitting(LATENCY_COLUMNS, 0).map(({ title, width }) => title.padStart(width));
  return ['-'.repeat(names.join('').length), names.join('')];
}

/** Round-trip times of one interval, in the columns of {@link latencyHeader}. */
export function latencyRow(row: LatencyInterval): string {
  const cells = fitting(LATENCY_COLUMNS, 0).map(({ text, width }) => cell(text(row), width));
  return fitted(cells.join(''));
}

/** The columns that fit in the line behind the first `taken` characters. */
function fitting<R>(columns: readonly Column<R>[], taken: number): readonly Column<R>[] {
  const widthOf = (some: readonly Column<R>[]): number => some.reduce((sum, column) => sum + column.width, taken);
  let kept = columns;
  while (widthOf(kept) > lineWidth()) {
    const last = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank < last);
  }
  return kept;
}

/** Shortens a line whose figures are too wide: removes spaces, then figures from the end. */
function fitted(line: string): string {
  let shorter = line;
  while (shorter.length > lineWidth()) {
    const at = shorter.lastIndexOf('  ');
    shorter = at < 0 ? shorter.slice(0, shorter.lastIndexOf(' ')) : shorter.slice(0, at) + shorter.slice(at + 1);
  }
  return shorter;
}

function packetRateText({ packets_received: received, start_ns, end_ns }: Interval): string {
  const seconds = (end_ns - start_ns) / NS_PER_S;
  return shortText(received === null || !(seconds > 0) ? null : Math.round(received / seconds));
}

function lostOfTotalText({ packets_received: received, packets_lost: lost }: Interval): string {
  return received === null || lost === null ? UNKNOWN : `${lossText(lost)}/${lossText(lost + received)}`;
}

function lossShareText({ packets_received: received, packets_lost: lost }: Interval): string {
  if (received === null || lost === null || lost + received <= 0) return UNKNOWN;
  return percentText(lost / (lost + received));
}

/** A count in six columns at most. Below a million it is exact, so that a single lost datagram is visible. */
function lossText(count: number): string {
  return Number.isInteger(count) && Math.abs(count) < 1e6 && count >= 0 ? `${count}` : shortText(count);
}

function streamsOf(rows: readonly Interval[], sum: Interval): number {
  return rows.filter((row) => row.stream !== null && row.direction === sum.direction).length;
}

/** `000-001 sec`, and with decimals where whole seconds would mislead; at most 17 columns. */
export function intervalText(row: Pick<Interval, 'start_ns' | 'end_ns' | 'omitted'>): string {
  if (row.omitted) return 'warm-up';
  const ends = [row.start_ns / NS_PER_S, row.end_ns / NS_PER_S];
  const whole = ends.every((end) => Math.abs(end - Math.round(end)) < 0.05) && row.end_ns - row.start_ns > NS_PER_S / 2;
  const decimals = whole ? 0 : row.end_ns - row.start_ns < 0.095 * NS_PER_S ? 2 : 1;
  return `${ends.map((end) => instantText(end, decimals)).join('-')} sec`;
}

function instantText(seconds: number, decimals: number): string {
  const text = decimals === 0 ? `${Math.round(seconds)}`.padStart(3, '0') : seconds.toFixed(decimals);
  return text.length <= 6 ? text : shortText(Math.round(seconds));
}

function ruler(width: number): string {
  return '- '.repeat(Math.ceil(width / 2)).trimEnd();
}

/** Aligns a figure right. One that is wider than its column gets one space before it. */
function cell(text: string, width: number): string {
  return text.length >= width ? ` ${text}` : text.padStart(width);
}
