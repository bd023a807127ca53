/**
 * One reporting interval as ethr prints it, with more columns where more is known.
 *
 * ```text
 * [  ID ]   Protocol    Interval      Bits/s      Retr      Cwnd       RTT
 * [    1]     TCP      000-001 sec     9.41G        12   1.25MiB   412.0µs
 * ```
 *
 * The first 42 columns are ethr's, character for character, as long as a test is shorter than 1000
 * seconds. `Bits/s` and `Lost/Total` are the receiver's; `Retr`, `Cwnd` and `RTT` the sender's.
 *
 * @module
 */
import type { Interval, LatencyInterval } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { NS_PER_S } from '../core/time.ts';
import { countText, shortSizeText, shortText, shortTimeText, UNKNOWN } from './figures.ts';

const COMMON_HEADER = '[  ID ]   Protocol    Interval      Bits/s';
const LATENCY_COLUMNS = ['Avg', 'Min', '50%', '90%', '95%', '99%', '99.9%', '99.99%', 'Max'] as const;
/** Width of one latency column. Nine of them are 81 wide in ethr, with six digits. */
const LATENCY_WIDTH = 8;

/** Header of a bandwidth test: a dashed ruler and the column names. */
export function intervalHeader(protocol: Protocol): readonly string[] {
  const names =
    protocol === 'tcp'
      ? `${COMMON_HEADER}      Retr      Cwnd       RTT`
      : `${COMMON_HEADER}    Pkts/s    Lost/Total  Jitter`;
  return [ruler(names.length), names];
}

/**
 * Rows of one interval. The row of the sum is left out beside a single stream, and the direction is
 * told only if there are two.
 */
export function intervalRows(protocol: Protocol, rows: readonly Interval[], bidirectional: boolean): readonly string[] {
  return rows
    .filter((row) => row.stream !== null || streamsOf(rows, row) !== 1)
    .map((row) => {
      const direction = bidirectional ? (row.direction === 'upload' ? ' up' : ' down') : '';
      const id = row.stream === null ? 'SUM' : `${row.stream}`;
      const name = `${protocol.toUpperCase()}${direction}`.padEnd(9);
      const start = `[${id.padStart(5)}]     ${name}${intervalText(row).padStart(11)}   ${cell(shortText(row.goodput_bps), 7)}`;
      return start + (protocol === 'tcp' ? tcpColumns(row) : udpColumns(row));
    });
}

/** Header of a latency test: a ruler and ethr's nine column names. */
export function latencyHeader(): readonly string[] {
  return ['-'.repeat(LATENCY_COLUMNS.length * LATENCY_WIDTH), latencyLine(LATENCY_COLUMNS)];
}

/** Round-trip times of one interval, under {@link latencyHeader}. */
export function latencyRow(row: LatencyInterval): string {
  const { mean, min, p50, p90, p95, p99, p999, p9999, max } = row.rtt_ns;
  return latencyLine([mean, min, p50, p90, p95, p99, p999, p9999, max].map(shortTimeText));
}

function latencyLine(cells: readonly string[]): string {
  return cells.map((text) => cell(text, LATENCY_WIDTH)).join('');
}

function tcpColumns(row: Interval): string {
  const figures = [countText(row.retransmits), shortSizeText(row.snd_cwnd_bytes), shortTimeText(row.rtt_ns)];
  return figures.map((text) => cell(text, 10)).join('');
}

function udpColumns(row: Interval): string {
  const { packets_received: received, packets_lost: lost } = row;
  const seconds = (row.end_ns - row.start_ns) / NS_PER_S;
  const rate = received === null || !(seconds > 0) ? null : received / seconds;
  const total = received === null || lost === null ? UNKNOWN : `${lossText(lost)}/${lossText(lost + received)}`;
  return (
    cell(shortText(rate === null ? null : Math.round(rate)), 10) +
    cell(total, 14) +
    cell(shortTimeText(row.jitter_rfc3550_ns), 8)
  );
}

/** Six columns at most: a lost datagram must be seen, so counts stay exact as long as they can. */
function lossText(count: number): string {
  return Number.isInteger(count) && Math.abs(count) < 1e6 && count >= 0 ? `${count}` : shortText(count);
}

function streamsOf(rows: readonly Interval[], sum: Interval): number {
  return rows.filter((row) => row.stream !== null && row.direction === sum.direction).length;
}

/** `000-001 sec`, and with decimals where whole seconds would mislead; at most 17 columns. */
function intervalText(row: Interval): string {
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

/** Right-aligned. A figure that is wider than its column takes over its neighbour's space. */
function cell(text: string, width: number): string {
  return text.length >= width ? ` ${text}` : text.padStart(width);
}
