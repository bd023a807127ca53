/**
 * Builds the reports of streams from their counters, for both engines.
 *
 * @module
 */

import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import type { Nanos } from '../../core/time.ts';
import type { MeterInterval, MeterPlan, ReceiverMeter } from '../../measure/flow/receiver-meter.ts';
import type { UdpInterval, UdpReceiverEngine } from '../../measure/flow/udp-receiver.ts';
import { TestBoard } from '../../measure/test-board.ts';
import type { StreamPlan } from './stream-plan.ts';

/** Shares of the time in which the thread of a stream ran, and waited for a processor. */
export type ThreadUse = Pick<SenderReport, 'thread_ratio' | 'wait_ratio'>;

/** For systems that do not report the use of threads. */
export const NOT_MEASURED: ThreadUse = { thread_ratio: null, wait_ratio: null };

/** The plan of a receiver's meter, from the plan of its stream. */
export function meterPlanOf({
  spec,
  bytes,
  board,
  direction,
}: Pick<StreamPlan, 'spec' | 'bytes' | 'board' | 'direction'>): MeterPlan {
  return {
    warmupNs: spec.warmup_ns,
    durationNs: spec.duration_ns,
    bytes,
    intervalNs: spec.interval_ns,
    // A client marks its connections as it marks its datagrams.
    marked: spec.protocol === 'udp' || spec.test === 'connections',
    window: new TestBoard(board).window(direction),
  };
}

/** One interval of a receiver, in the form of a report. */
export function receiverRow(stream: number, row: MeterInterval | UdpInterval): ReceiverInterval {
  const udp = 'packets' in row ? row : null;
  return {
    stream,
    index: row.index,
    start_ns: Math.round(row.startNs),
    end_ns: Math.round(row.endNs),
    omitted: row.omitted,
    bytes: row.bytes,
    packets: udp?.packets ?? null,
    lost: udp?.lost ?? null,
    jitter_ns: udp?.jitterNs ?? null,
  };
}

/** The final report of a TCP receiver. */
export function tcpReceiverReport(stream: number, meter: ReceiverMeter, use: ThreadUse): ReceiverReport {
  return {
    stream,
    bytes: meter.bytes,
    packets: null,
    reordered: null,
    duplicated: null,
    jitter_ns: null,
    queueing_ns: null,
    window_ns: meter.windowNs,
    ...use,
    ...meter.slices,
  };
}

/** The final report of a UDP receiver. */
export function udpReceiverReport(stream: number, engine: UdpReceiverEngine, use: ThreadUse): ReceiverReport {
  return {
    stream,
    bytes: engine.meter.bytes,
    packets: engine.packets,
    reordered: engine.reordered,
    duplicated: engine.duplicated,
    jitter_ns: engine.jitterNs,
    queueing_ns: engine.queueingNs,
    window_ns: engine.meter.windowNs,
    ...use,
    ...engine.meter.slices,
  };
}

/**
 * The final report of the server's end of a latency test: the number of probes. All other figures come from the prober.
 */
export function reflectorReport(
  { stream, spec }: Pick<StreamPlan, 'stream' | 'spec'>,
  packets: number,
  use: ThreadUse,
): ReceiverReport {
  return {
    stream,
    bytes: packets * spec.length_bytes,
    packets,
    reordered: null,
    duplicated: null,
    jitter_ns: null,
    queueing_ns: null,
    window_ns: 0,
    ...use,
    slice_ns: null,
    slices: null,
  };
}

/** Counts of a UDP sender. */
export interface UdpSent {
  readonly packets: number;
  readonly warmupPackets: number;
  readonly elapsedNs: Nanos;
  /** Time in which the kernel accepted no datagram; `null` if it is not known. */
  readonly blockedNs: Nanos | null;
  readonly use: ThreadUse;
}

/** The final report of a UDP sender. */
export function udpSenderReport(
  { stream, spec }: Pick<StreamPlan, 'stream' | 'spec'>,
  { packets, warmupPackets, elapsedNs, blockedNs, use }: UdpSent,
): SenderReport {
  return {
    stream,
    bytes: packets * spec.length_bytes,
    packets,
    warmup_bytes: warmupPackets * spec.length_bytes,
    elapsed_ns: elapsedNs,
    tcp: null,
    ...use,
    blocked_ratio: blockedNs === null || elapsedNs <= 0 ? null : Math.min(1, blockedNs / elapsedNs),
    slice_ns: null,
    slices: null,
  };
}
