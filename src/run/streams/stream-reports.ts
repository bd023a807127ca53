/**
 * From a stream's counters to what it reports, the same for both engines.
 *
 * @module
 */

import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/stream-report.ts';
import type { MeterInterval, MeterPlan, ReceiverMeter } from '../../measure/receiver-meter.ts';
import { TestBoard } from '../../measure/test-board.ts';
import type { UdpInterval, UdpReceiverEngine } from '../../measure/udp-receiver.ts';
import type { StreamPlan } from './stream-plan.ts';

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
    marked: spec.protocol === 'udp',
    window: new TestBoard(board).window(direction),
  };
}

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

export function tcpReceiverReport(stream: number, meter: ReceiverMeter, threadRatio: number | null): ReceiverReport {
  return {
    stream,
    bytes: meter.bytes,
    packets: null,
    reordered: null,
    duplicated: null,
    jitter_ns: null,
    window_ns: meter.windowNs,
    thread_ratio: threadRatio,
  };
}

export function udpReceiverReport(
  stream: number,
  engine: UdpReceiverEngine,
  threadRatio: number | null,
): ReceiverReport {
  return {
    stream,
    bytes: engine.meter.bytes,
    packets: engine.packets,
    reordered: engine.reordered,
    duplicated: engine.duplicated,
    jitter_ns: engine.jitterNs,
    window_ns: engine.meter.windowNs,
    thread_ratio: threadRatio,
  };
}

/** The server's end of a latency test counts probes; the rest is the prober's to tell. */
export function reflectorReport(
  { stream, spec }: Pick<StreamPlan, 'stream' | 'spec'>,
  packets: number,
  threadRatio: number | null,
): ReceiverReport {
  return {
    stream,
    bytes: packets * spec.length_bytes,
    packets,
    reordered: null,
    duplicated: null,
    jitter_ns: null,
    window_ns: 0,
    thread_ratio: threadRatio,
  };
}

export function udpSenderReport(
  { stream, spec }: Pick<StreamPlan, 'stream' | 'spec'>,
  packets: number,
  warmupPackets: number,
  elapsedNs: number,
  threadRatio: number | null,
): SenderReport {
  return {
    stream,
    bytes: packets * spec.length_bytes,
    packets,
    warmup_bytes: warmupPackets * spec.length_bytes,
    elapsed_ns: elapsedNs,
    tcp: null,
    thread_ratio: threadRatio,
  };
}
