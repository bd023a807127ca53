/**
 * Connections a second in lines: a row for each second, and the summary.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import type { ConnectionsResult, ConnectionsRow, ConnectionsTls } from '../../../core/shapes/path/connections.ts';
import { NS_PER_S } from '../../../core/time.ts';
import { counted, countText, percentText, shortTimeText, timeText } from '../../text/figures.ts';
import { wrap } from '../../text/layout.ts';
import type { Paint } from '../../text/paint.ts';
import { startWords } from '../start-words.ts';
import { failureWords } from './ping-lines.ts';

/** One second in a line. */
export function connectionsRowLine(row: ConnectionsRow, paint: Paint): string {
  const from = row.from === null ? '' : `${printable(row.from, 40)} `;
  const { connections_opened: opened, connections_failed: failed, connect_ns: times } = row;
  const start = (row.start_ns / NS_PER_S).toFixed(0);
  const end = (row.end_ns / NS_PER_S).toFixed(0);
  const bad = failed > 0 ? paint.warn(`, ${countText(failed)} failed`) : '';
  return `${from}${start}-${end}s: ${counted(opened, 'connection')}${bad}, 50% ${shortTimeText(times.p50)}, 99% ${shortTimeText(times.p99)}`;
}

function tlsLines(tls: ConnectionsTls | null): readonly string[] {
  if (tls === null) return [];
  const { handshake_ns: times, version, cipher, resumed, trusted, distrust } = tls;
  const kind = resumed === 0 ? 'each a full one' : `${countText(resumed)} of them resumed`;
  const trust = trusted
    ? 'the certificate is trusted here'
    : `the certificate is not trusted here (${distrust ?? '-'})`;
  return [
    ...wrap(
      `TLS handshake in 50% ${shortTimeText(times.p50)}, 90% ${shortTimeText(times.p90)}, 99% ${shortTimeText(times.p99)}, max ${shortTimeText(times.max)}, ${kind}`,
    ),
    ...wrap(`${printable(version ?? '-', 40)}, ${printable(cipher ?? '-', 60)}; ${printable(trust, 300)}`),
  ];
}

/** The summary of one lane. @param name - the target as it was named */
export function connectionsLines(result: ConnectionsResult, name: string, paint: Paint): readonly string[] {
  const { connect_ns: times, connections_failed: failed, streams } = result;
  const rate = result.opened_per_s === null ? '-' : countText(Math.round(result.opened_per_s));
  const share = failed === 0 ? 'none failed' : `${countText(failed)} failed (${percentText(result.failure_ratio)})`;
  const head = `${rate} connections a second: ${countText(result.connections_opened)} in ${timeText(result.duration_ns)}, ${share}, ${streams} at a time`;
  const set = `set up in 50% ${shortTimeText(times.p50)}, 90% ${shortTimeText(times.p90)}, 99% ${shortTimeText(times.p99)}, max ${shortTimeText(times.max)}`;
  return [
    ...wrap(startWords({ ...result, name })).map(paint.bold),
    ...wrap(head).map((line) => (failed > 0 ? paint.warn(line) : line)),
    ...(times.n === 0 ? [] : wrap(set)),
    ...tlsLines(result.tls),
    ...result.failures.flatMap((failure) => wrap(failureWords(failure))).map(paint.warn),
    ...repeatedLines(result).map(paint.warn),
  ];
}

/** The rate alone would be taken for what the target can do. */
function repeatedLines({ repeated_syns: repeated, duration_ns, streams }: ConnectionsResult): readonly string[] {
  const { n, told_by, wait_ns, others_per_s } = repeated;
  if (n === 0) return [];
  const needed =
    told_by === 'kernel' ? 'needed a second SYN' : 'took 1 s or more, so that the SYN was probably sent again';
  const others = others_per_s === null ? '' : `; without them it was ${countText(Math.round(others_per_s))} a second`;
  const share = `${timeText(wait_ns)} of the ${timeText(duration_ns * streams)} that ${streams === 1 ? 'the stream' : `all ${streams} streams`} had`;
  return wrap(
    `${counted(n, 'connection')} ${needed}: a packet was lost, or the queue of the listener is full. That took ${share}${others}`,
  );
}
