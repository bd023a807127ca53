/**
 * Pings in lines: a row for each answer, and the summary.
 *
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { printable } from '../../../core/printable.ts';
import type { PingFailure, PingResult, PingRow } from '../../../core/shapes/path/ping.ts';
import { counted, countText, percentText, shortTimeText, timeText } from '../../text/figures.ts';
import { wrap } from '../../text/layout.ts';
import type { Paint } from '../../text/paint.ts';
import { PERCENTILES, percentileTable } from '../../text/percentile-table.ts';
import { type StartNames, startWords } from '../start-words.ts';
import { reasonWords } from './reason-words.ts';

/** A ping has too few probes for 99.99 %. */
const ROWS = PERCENTILES.filter(([, field]) => field !== 'p9999');

/** One probe in a line, such as `192.0.2.1: seq=3 ttl=57 time=12.31ms`. */
export function pingRowLine(row: PingRow, paint: Paint): string {
  const start = row.from === null ? '' : `${printable(row.from, 40)} to `;
  const by = row.answered_by === null ? null : printable(row.answered_by, 60);
  const warmup = row.warmup ? ' (warm-up)' : '';
  const time = shortTimeText(row.rtt_ns);
  const target = row.port === null ? row.address : formatEndpoint(row.address, row.port);
  const head = `${start}${target}: seq=${row.sequence}`;
  if (row.outcome === 'failed') {
    const reporter = by === null || by === row.address ? '' : `, says ${by}`;
    return paint.warn(`${head} ${reasonWords(row.code ?? '')}${reporter}, after ${time}${warmup}`);
  }
  const ttl = row.ttl === null ? '' : ` ttl=${row.ttl}`;
  const other = by === null || by === row.address ? '' : ` answered by ${by}`;
  const again = row.retransmitted ? ' (SYN sent again)' : '';
  const kind = row.outcome === 'answer' ? '' : ` (${row.outcome})`;
  const line = `${head}${ttl} time=${time}${other}${again}${kind}${warmup}`;
  return row.outcome === 'answer' && !row.retransmitted ? line : paint.warn(line);
}

/** The summary of one lane. @param start - the target as it was named, and the source where several are compared */
export function pingLines(result: PingResult, start: StartNames, paint: Paint): readonly string[] {
  return [
    ...wrap(startWords({ ...result, ...start })).map(paint.bold),
    ...percentileTable(
      [
        [result.method === 'tcp connect' ? 'connect' : 'RTT', result.rtt_ns],
        ['since sent', result.rtt_from_send_ns],
        ['IPDV', result.ipdv_ns],
      ],
      ROWS,
    ),
    ...lossLines(result, paint),
    ...result.failures.flatMap((failure) => wrap(failureWords(failure))).map(paint.warn),
    ...otherLines(result, paint),
    ...scheduleLines(result, paint),
  ];
}

/** Failures of one reason: `3 times refused (ECONNREFUSED), says 192.0.2.1`. */
export function failureWords({ code, from, count }: PingFailure): string {
  return `  ${counted(count, 'time')} ${reasonWords(code)}${from === null ? '' : `, says ${printable(from, 60)}`}`;
}

function lossLines(result: PingResult, paint: Paint): readonly string[] {
  const { packets_sent: sent, packets_lost: lost, packets_pending: pending, loss_runs: runs } = result;
  const share = lost === 0 ? '0' : `${countText(lost)} (${percentText(result.loss_ratio)})`;
  const open = pending === 0 ? '' : `, ${countText(pending)} still waited for at the end`;
  const longest = runs.max > 1 ? `, ${counted(runs.n, 'run')} of loss, longest ${countText(runs.max)}` : '';
  const line = `${counted(sent, 'probe')}, ${countText(result.packets_received)} answered, lost ${share}${open}${longest}`;
  return wrap(line).map((text) => (lost > 0 ? paint.warn(text) : text));
}

function otherLines(result: PingResult, paint: Paint): readonly string[] {
  const { packets_late: late, packets_duplicated: duplicated, packets_reordered: reordered } = result;
  const again = result.packets_retransmitted ?? 0;
  const jitter = `jitter (RFC 3550) ${timeText(result.jitter_rfc3550_ns)}, answers stamped by the ${result.receive_timestamps === 'kernel' ? 'kernel' : 'program'}`;
  const odd = [
    ...(late > 0 ? [`${countText(late)} of the lost were answered after ${timeText(result.timeout_ns)}`] : []),
    ...(duplicated > 0 ? [counted(duplicated, 'duplicate')] : []),
    ...(reordered > 0 ? [`${countText(reordered)} out of order`] : []),
    ...(again > 0
      ? [
          `${counted(again, 'connection')} needed a second SYN: the first packet was lost, and the time has the wait for it`,
        ]
      : []),
    ...(result.answered_by.length > 0
      ? [`answered by ${result.answered_by.map((one) => printable(one, 60)).join(', ')}, not by the target`]
      : []),
  ];
  return [...wrap(jitter), ...odd.flatMap((one) => wrap(one)).map(paint.warn)];
}

function scheduleLines({ schedule }: PingResult, paint: Paint): readonly string[] {
  const { lateness_ns: lateness, skipped } = schedule;
  const evidence = `${percentText(schedule.late_ratio)} of the probes over 1 ms late, worst ${timeText(lateness.max)}`;
  const left = skipped > 0 ? `; ${counted(skipped, 'probe')} left out, because this host stood still` : '';
  if (schedule.kept && skipped === 0) return [];
  return wrap(`schedule of one probe every ${timeText(schedule.gap_ns)} NOT kept: ${evidence}${left}`).map(paint.bad);
}
