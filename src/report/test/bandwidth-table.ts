/**
 * Summary of one bandwidth test: a column for each direction, with the figures grouped by the end that measured them;
 * then the processor time of both ends; then what limited the test.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { FlowResult } from '../../core/shapes/flow.ts';
import type { BandwidthResult } from '../../core/shapes/result.ts';
import { countText, percentText, sizeText, timeText, UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { measuredRateText } from '../text/rate-decimals.ts';
import { causeWords } from './cause-words.ts';
import { cpuTable } from './cpu-table.ts';
import { testFrame } from './test-frame.ts';

type Row = readonly [label: string, text: (flow: FlowResult) => string];

/** In place of TCP_INFO where there is none. */
const NO_COUNTS = { retransmits: null, bytes_transmitted: null, bytes_retransmitted: null };

/** Longest value of a cell: two of them, the labels and the gaps fit in 80 columns. */
const VALUE_LENGTH = 28;

/** Lines of the summary, none wider than the line. */
export function bandwidthTable(result: BandwidthResult, paint: Paint): readonly string[] {
  const rows = [...receiverRows(result, paint), ...senderRows(result)];
  const table = grid(
    ['', ...result.flows.map((flow) => flow.direction)],
    rows.map(([label, text]) => [label, ...result.flows.map((flow) => text(flow))]),
    'left',
  );
  const { before, after } = testFrame(result, paint);
  // The rule below the figures is also the one above the processors.
  return [...before, ...table, ...cpuTable(result).slice(1), ...after, ...limitLines(result, paint)];
}

function receiverRows({ protocol }: BandwidthResult, paint: Paint): readonly Row[] {
  const rows: Row[] = [
    ['receiver', (flow) => flow.receiver],
    ['  goodput', (flow) => paint.bold(measuredRateText(flow.goodput_bps))],
    ['  received', (flow) => `${sizeText(flow.bytes_received)} in ${timeText(flow.duration_ns)}`],
    ['  each stream', (flow) => spreadText(flow)],
  ];
  if (protocol === 'udp') {
    rows.push(
      ['  lost/total', lossText],
      ['  reordered', (flow) => countText(flow.packets_reordered)],
      ['  duplicated', (flow) => countText(flow.packets_duplicated)],
      ['  jitter (RFC 3550)', (flow) => timeText(flow.jitter_rfc3550_ns)],
      ['  buffer drops', (flow) => countText(flow.receive_buffer_drops)],
    );
  }
  return rows;
}

function senderRows({ protocol }: BandwidthResult): readonly Row[] {
  const rows: Row[] = [
    ['sender', (flow) => flow.sender],
    ['  sent', (flow) => measuredRateText(flow.sent_bps)],
  ];
  if (protocol === 'tcp') {
    rows.push(
      ['  retransmits', retransmitText],
      ['  RTT, variation', ({ tcp }) => `${timeText(tcp?.rtt_ns ?? null)}, ${timeText(tcp?.rtt_var_ns ?? null)}`],
      ['  smallest RTT', ({ tcp }) => timeText(tcp?.min_rtt_ns ?? null)],
      ['  congestion window', ({ tcp }) => sizeText(tcp?.snd_cwnd_bytes ?? null)],
      ['  congestion control', ({ tcp }) => printable(tcp?.congestion_control ?? UNKNOWN, VALUE_LENGTH)],
      ['  MSS, path MTU', ({ tcp }) => `${bytesText(tcp?.mss_bytes)}, ${bytesText(tcp?.pmtu_bytes)}`],
    );
  }
  return rows;
}

/** Retransmitted segments, and the share of retransmitted octets in all that TCP sent. */
function retransmitText({ tcp }: FlowResult): string {
  const { retransmits, bytes_transmitted: all, bytes_retransmitted: again } = tcp ?? NO_COUNTS;
  const share = all === null || again === null || all === 0 || !retransmits ? '' : ` (${percentText(again / all)})`;
  return `${countText(retransmits)}${share}`;
}

/** Lost datagrams of the expected ones. The receiver knows both from the sequence numbers. */
export function lossText({ packets_lost: lost, packets_received: received, loss_ratio }: FlowResult): string {
  if (lost === null || received === null) return UNKNOWN;
  return `${countText(lost)}/${countText(lost + received)} (${percentText(loss_ratio)})`;
}

/** Goodput of the slowest and of the fastest stream, which shows how evenly they shared the path. */
function spreadText({ streams }: FlowResult): string {
  const rates = streams.map((stream) => stream.goodput_bps).filter((bps) => bps !== null);
  if (rates.length === 0 || rates.length < streams.length) return UNKNOWN;
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  return rates.length === 1 ? measuredRateText(low) : `${measuredRateText(low)} .. ${measuredRateText(high)}`;
}

function bytesText(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? UNKNOWN : `${countText(bytes)} B`;
}

/** What limited each direction, with the evidence. */
export function limitLines({ limited_by }: BandwidthResult, paint: Paint): readonly string[] {
  if (limited_by.length === 0) return [`limited by: ${UNKNOWN}`];
  return limited_by.flatMap(({ cause, direction, evidence }) => {
    const [first = '', ...more] = wrap(`${direction} limited by ${causeWords(cause)}: ${printable(evidence, 600)}`);
    return [cause === 'unknown' ? first : paint.warn(first), ...more];
  });
}
