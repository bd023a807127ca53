/**
 * Summary of one latency test: percentiles of the times, then loss by direction, reordering, jitter, and whether this
 * host sent the probes on schedule, which the times depend on.
 *
 * @module
 */
import type { LatencyResult } from '../../core/shapes/result.ts';
import { counted, countText, percentText, timeText } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { percentileTable } from '../text/percentile-table.ts';
import { cpuTable } from './cpu-table.ts';
import { countAndShare, testFrame } from './test-frame.ts';

/** Lines of the summary, none wider than the line. */
export function latencyTable(result: LatencyResult, paint: Paint): readonly string[] {
  const { before, after } = testFrame(result, paint);
  return [
    ...before,
    ...percentileTable([
      ['RTT', result.rtt_ns],
      ['since sent', result.rtt_from_send_ns],
      ['queue up', result.queueing_up_ns],
      ['queue down', result.queueing_down_ns],
      ['IPDV', result.ipdv_ns],
      ['in server', result.server_processing_ns],
    ]),
    ...lossLines(result, paint),
    ...variationLines(result),
    ...scheduleLines(result, paint),
    ...cpuTable(result),
    ...after,
  ];
}

function lossLines(result: LatencyResult, paint: Paint): readonly string[] {
  const { packets_sent: sent, packets_lost: lost, loss_runs: runs } = result;
  const up = countAndShare(result.packets_lost_up, sent);
  const down = countAndShare(result.packets_lost_down, sent);
  const share = lost === 0 ? '0' : `${countText(lost)} (${percentText(result.loss_ratio)})`;
  const line = `${counted(sent, 'probe')}, ${countText(result.packets_received)} answered, lost ${share}: ${up} up, ${down} down`;
  const order = `reordered ${countText(result.packets_reordered)}, duplicated ${countText(result.packets_duplicated)}`;
  const longest = lost === 0 ? '' : `, ${runWords(runs)}`;
  return [...wrap(line).map((text) => (lost > 0 ? paint.warn(text) : text)), ...wrap(order + longest)];
}

function runWords(runs: LatencyResult['loss_runs']): string {
  const mean = runs.mean === null ? '-' : Math.abs(runs.mean) < 1000 ? runs.mean.toFixed(1) : countText(runs.mean);
  return `${counted(runs.n, 'run')} of loss, mean ${mean}, longest ${countText(runs.max)}`;
}

function variationLines(result: LatencyResult): readonly string[] {
  const jitter = `jitter (RFC 3550) ${timeText(result.jitter_rfc3550_ns)}`;
  return wrap(`${jitter}; answers stamped by the ${result.receive_timestamps === 'kernel' ? 'kernel' : 'program'}`);
}

function scheduleLines({ schedule }: LatencyResult, paint: Paint): readonly string[] {
  const { lateness_ns: late } = schedule;
  const evidence = `${percentText(schedule.late_ratio)} of the probes over 1 ms late, p99 ${timeText(late.p99)}, worst ${timeText(late.max)}`;
  if (schedule.kept) return wrap(`schedule of one probe every ${timeText(schedule.gap_ns)} kept: ${evidence}`);
  const verdict = `schedule of one probe every ${timeText(schedule.gap_ns)} NOT kept, do not trust these times: ${evidence}`;
  return wrap(verdict).map(paint.bad);
}
