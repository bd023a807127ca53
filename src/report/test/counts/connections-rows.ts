/**
 * One reporting interval of a test of connections.
 *
 * ```text
 * [  ID ]   Protocol    Interval      Conn/s   Opened  Failed       50%       99%       Max
 * [  SUM]     TCP      000-001 sec    41.2K    41.2K       0   19.12µs   48.31µs   1.204ms
 * ```
 *
 * `Conn/s` is the server's count, the other columns are the client's.
 *
 * @module
 */
import type { ConnectionsInterval } from '../../../core/shapes/connections.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { countText, shortText, shortTimeText } from '../../text/figures.ts';
import { intervalText } from '../interval-rows.ts';

const WIDTHS = { opened: 9, failed: 8, time: 10 } as const;
const COMMON = '[  ID ]   Protocol    Interval      Conn/s';

/** Header: a dashed rule and the column names. */
export function connectionsHeader(): readonly string[] {
  const names = [
    COMMON,
    'Opened'.padStart(WIDTHS.opened),
    'Failed'.padStart(WIDTHS.failed),
    ...['50%', '99%'].map((name) => name.padStart(WIDTHS.time)),
  ].join('');
  return ['- '.repeat(Math.ceil(names.length / 2)).trimEnd(), names];
}

/** One row, in the columns of {@link connectionsHeader}. */
export function connectionsRow(row: ConnectionsInterval): string {
  const seconds = (row.end_ns - row.start_ns) / NS_PER_S;
  const accepted = row.connections_accepted;
  const rate = accepted === null || !(seconds > 0) ? null : Math.round(accepted / seconds);
  return [
    `[  SUM]     ${'TCP'.padEnd(9)}${intervalText(row).padStart(11)}   ${shortText(rate).padStart(7)}`,
    shortText(row.connections_opened).padStart(WIDTHS.opened),
    countText(row.connections_failed).padStart(WIDTHS.failed),
    ...[row.connect_ns.p50, row.connect_ns.p99].map((ns) => shortTimeText(ns).padStart(WIDTHS.time)),
  ].join('');
}
