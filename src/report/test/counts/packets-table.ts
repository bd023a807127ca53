/**
 * Summary of a test of packets a second: a column for each direction, grouped by the end that counted; then the processor
 * time of both ends, in all and for each packet.
 *
 * @module
 */
import type { FlowResult } from '../../../core/shapes/flow.ts';
import type { BandwidthResult } from '../../../core/shapes/result.ts';
import { countText, shortText, timeText, UNKNOWN } from '../../text/figures.ts';
import { grid } from '../../text/grid.ts';
import { wrap } from '../../text/layout.ts';
import type { Paint } from '../../text/paint.ts';
import { measuredRateText } from '../../text/rate-decimals.ts';
import { limitLines, lossText } from '../bandwidth-table.ts';
import { cpuTable } from '../cpu-table.ts';
import { testFrame } from '../test-frame.ts';

type Row = readonly [label: string, text: (flow: FlowResult) => string];

/** Lines of the summary, none wider than the line. */
export function packetsTable(result: BandwidthResult, paint: Paint): readonly string[] {
  const rows = rowsOf(result, paint);
  const table = grid(
    ['', ...result.flows.map((flow) => flow.direction)],
    rows.map(([label, text]) => [label, ...result.flows.map((flow) => text(flow))]),
    'left',
  );
  const { before, after } = testFrame(result, paint);
  return [
    ...before,
    ...table,
    ...cpuTable(result).slice(1),
    ...wrap(cpuWords(result)),
    ...after,
    ...limitLines(result, paint),
  ];
}

/** Packets a second, from a frequency: `1.25M/s`. */
export function frequencyText(perSecond: number | null): string {
  return perSecond === null ? UNKNOWN : `${shortText(Math.round(perSecond))}/s`;
}

function rowsOf({ protocol, ip_packet_bytes }: BandwidthResult, paint: Paint): readonly Row[] {
  const udp = protocol === 'udp';
  const unit = udp ? 'packets' : 'segments';
  const receiver: readonly Row[] = [
    ['receiver', (flow) => flow.receiver],
    [`  ${unit}`, (flow) => paint.bold(frequencyText(flow.packets_per_s))],
    ['  received', (flow) => `${countText(flow.packets_received)} in ${timeText(flow.duration_ns)}`],
    ['  goodput', (flow) => measuredRateText(flow.goodput_bps)],
  ];
  const losses: readonly Row[] = [
    ['  lost/total', lossText],
    ['  reordered', (flow) => countText(flow.packets_reordered)],
    ['  duplicated', (flow) => countText(flow.packets_duplicated)],
    ['  buffer drops', (flow) => countText(flow.receive_buffer_drops)],
  ];
  const sender: readonly Row[] = [
    ['sender', (flow) => flow.sender],
    [`  ${unit}`, (flow) => frequencyText(flow.sent_packets_per_s)],
    ['  sent', (flow) => countText(flow.packets_sent)],
    ['  IP packet', () => (ip_packet_bytes === null ? UNKNOWN : `${countText(ip_packet_bytes)} B`)],
  ];
  const again: Row = ['  retransmits', ({ tcp }) => countText(tcp?.retransmits ?? null)];
  return udp ? [...receiver, ...losses, ...sender] : [...receiver, ...sender, again];
}

function cpuWords({ packets_per_cpu_s: each }: BandwidthResult): string {
  const text = (value: number | null | undefined): string =>
    shortText(value === null || value === undefined ? null : Math.round(value));
  return `packets for each second of processor time: client ${text(each?.client)}, server ${text(each?.server)}`;
}
