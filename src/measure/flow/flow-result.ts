/**
 * The result of one direction of a bandwidth test, combined from the reports of its two ends.
 *
 * @module
 */
import type { End, FlowResult, StreamResult, TcpFacts } from '../../core/shapes/flow.ts';
import type { FlowDirection, Protocol } from '../../core/shapes/spec.ts';
import type { ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import { type Nanos, NS_PER_S } from '../../core/time.ts';
import { rateSpread } from './rate-slices.ts';

/** The reports of both ends about the streams of one direction. */
export interface FlowCounts {
  readonly direction: FlowDirection;
  readonly protocol: Protocol;
  readonly senders: readonly SenderReport[];
  readonly receivers: readonly ReceiverReport[];
  readonly receiveBufferDrops: number | null;
}

/** Combines the reports. Figures of a stream from an end that sent no report are `null`. */
export function flowResult({ direction, protocol, senders, receivers, receiveBufferDrops }: FlowCounts): FlowResult {
  const ends: { sender: End; receiver: End } =
    direction === 'upload' ? { sender: 'client', receiver: 'server' } : { sender: 'server', receiver: 'client' };
  // All windows of a direction open at the same instant, so the longest one covers all.
  const windowNs = Math.max(0, ...receivers.map((receiver) => receiver.window_ns));
  const elapsedNs = Math.max(0, ...senders.map((sender) => sender.elapsed_ns));
  const bytesReceived = total(receivers.map((receiver) => receiver.bytes));
  const bytesSent = total(senders.map((sender) => sender.bytes));
  const packetsSent = total(senders.map((sender) => sender.packets));
  const packetsReceived = total(receivers.map((receiver) => receiver.packets));
  // Segments of TCP have no numbers that both ends count, and TCP sends lost ones again.
  const lost = protocol === 'tcp' ? null : lostOf(packetsSent, packetsReceived);
  const spread = receivers.length === 0 ? null : rateSpread(receivers);
  const delivered = senders.length === 0 ? null : rateSpread(senders);
  return {
    direction,
    ...ends,
    goodput_bps: goodput(bytesReceived, windowNs, bytesSent),
    sent_bps: bytesSent === null ? null : rate(bytesSent, elapsedNs),
    bytes_sent: bytesSent,
    bytes_received: bytesReceived,
    goodput_p10_bps: spread?.p10 ?? null,
    goodput_p90_bps: spread?.p90 ?? null,
    delivered_p10_bps: delivered?.p10 ?? null,
    delivered_p90_bps: delivered?.p90 ?? null,
    duration_ns: windowNs,
    packets_per_s: packetsReceived === 0 && packetsSent === 0 ? null : frequency(packetsReceived, windowNs),
    sent_packets_per_s: frequency(packetsSent, elapsedNs),
    packets_sent: packetsSent,
    packets_received: packetsReceived,
    packets_lost: lost,
    loss_ratio: lost === null || packetsSent === null || packetsSent === 0 ? null : lost / packetsSent,
    packets_reordered: total(receivers.map((receiver) => receiver.reordered)),
    packets_duplicated: total(receivers.map((receiver) => receiver.duplicated)),
    jitter_rfc3550_ns: mean(receivers.map((receiver) => receiver.jitter_ns)),
    queueing_ns: mean(receivers.map((receiver) => receiver.queueing_ns)),
    send_blocked_ratio: mean(senders.map((sender) => sender.blocked_ratio)),
    tcp: tcpFacts(senders.flatMap((sender) => sender.tcp ?? [])),
    receive_buffer_drops: receiveBufferDrops,
    streams: streamNumbers(senders, receivers).map((stream) => {
      const result = streamResult(stream, senders, receivers, windowNs);
      return protocol === 'tcp' ? { ...result, packets_lost: null } : result;
    }),
  };
}

/**
 * Combines TCP_INFO of several connections: counts are summed, the smallest RTT is the least of all, and the other
 * values are means. The congestion control is `null` if it differs. @returns `null` without connections
 */
export function tcpFacts(all: readonly TcpFacts[]): TcpFacts | null {
  if (all.length === 0) return null;
  const meanOf = (pick: (facts: TcpFacts) => number | null): number | null => mean(all.map(pick));
  const algorithms = new Set(all.map((facts) => facts.congestion_control));
  return {
    retransmits: total(all.map((facts) => facts.retransmits)),
    bytes_transmitted: total(all.map((facts) => facts.bytes_transmitted)),
    bytes_retransmitted: total(all.map((facts) => facts.bytes_retransmitted)),
    spurious_retransmits: total(all.map((facts) => facts.spurious_retransmits)),
    timeouts: total(all.map((facts) => facts.timeouts)),
    timeout_ratio: meanOf((facts) => facts.timeout_ratio),
    rtt_ns: meanOf((facts) => facts.rtt_ns),
    rtt_var_ns: meanOf((facts) => facts.rtt_var_ns),
    min_rtt_ns: smallest(all.map((facts) => facts.min_rtt_ns)),
    snd_cwnd_bytes: meanOf((facts) => facts.snd_cwnd_bytes),
    pmtu_bytes: meanOf((facts) => facts.pmtu_bytes),
    mss_bytes: meanOf((facts) => facts.mss_bytes),
    congestion_control: algorithms.size === 1 ? (all[0]?.congestion_control ?? null) : null,
    busy_ratio: meanOf((facts) => facts.busy_ratio),
    receive_window_limited_ratio: meanOf((facts) => facts.receive_window_limited_ratio),
    send_buffer_limited_ratio: meanOf((facts) => facts.send_buffer_limited_ratio),
  };
}

/** The rate of so many octets over a time, in bit/s; `null` if the time is 0. */
export function rate(bytes: number, ns: Nanos): number | null {
  return ns > 0 ? (bytes * 8 * NS_PER_S) / ns : null;
}

/** How often something happened in each second; 0 of nothing at all, `null` if the count or the time is not known. */
function frequency(count: number | null, ns: Nanos): number | null {
  if (count === null) return null;
  if (ns > 0) return (count * NS_PER_S) / ns;
  return count === 0 ? 0 : null;
}

/** Goodput in bit/s. If something was sent and nothing received, it is 0. If nothing was sent, it is `null`. */
function goodput(received: number | null, windowNs: Nanos, sent: number | null): number | null {
  if (received === null || (received === 0 && sent === 0)) return null;
  return received === 0 ? 0 : rate(received, windowNs);
}

function streamResult(
  stream: number,
  senders: readonly SenderReport[],
  receivers: readonly ReceiverReport[],
  windowNs: Nanos,
): StreamResult {
  const sender = senders.find((one) => one.stream === stream);
  const receiver = receivers.find((one) => one.stream === stream);
  return {
    stream,
    goodput_bps: receiver ? goodput(receiver.bytes, windowNs, sender?.bytes ?? null) : null,
    bytes_received: receiver?.bytes ?? null,
    bytes_sent: sender?.bytes ?? null,
    packets_sent: sender?.packets ?? null,
    packets_received: receiver?.packets ?? null,
    packets_lost: lostOf(sender?.packets ?? null, receiver?.packets ?? null),
    retransmits: sender?.tcp?.retransmits ?? null,
  };
}

function streamNumbers(senders: readonly SenderReport[], receivers: readonly ReceiverReport[]): readonly number[] {
  const numbers = new Set([...senders, ...receivers].map((one) => one.stream));
  return [...numbers].sort((a, b) => a - b);
}

function lostOf(sent: number | null, received: number | null): number | null {
  return sent === null || received === null ? null : Math.max(0, sent - received);
}

/** The sum; `null` if there are no values or one is not known. */
function total(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

/** The smallest known value, or `null`. */
function smallest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** The mean of the known values, or `null`. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
