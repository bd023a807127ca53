/**
 * What the two ends of one stream counted: the part of a result that crosses the control connection.
 *
 * @module
 */
import type { TcpFacts } from '../core/result.ts';
import { amount, flag, list, nullable, object, oneOf, type Shape, text, whole } from './shape.ts';

/** The sending end. Packets are `null` for TCP. Only the measured part counts, not the warm-up. */
export interface SenderReport {
  readonly stream: number;
  readonly bytes: number;
  readonly packets: number | null;
  readonly elapsed_ns: number;
  readonly tcp: TcpFacts | null;
  /** Share of the time in which this thread was running. */
  readonly thread_ratio: number | null;
}

/** The receiving end. */
export interface ReceiverReport {
  readonly stream: number;
  readonly bytes: number;
  readonly packets: number | null;
  readonly reordered: number | null;
  readonly duplicated: number | null;
  readonly jitter_ns: number | null;
  /** Length of the measured window by this end's clock; 0 if nothing came. */
  readonly window_ns: number;
  readonly thread_ratio: number | null;
}

/** One interval of one stream, by the receiver. */
export interface ReceiverInterval {
  readonly stream: number;
  /** 0 is the first of the measured part; the warm-up has negative ones. */
  readonly index: number;
  readonly start_ns: number;
  readonly end_ns: number;
  readonly omitted: boolean;
  readonly bytes: number;
  readonly packets: number | null;
  readonly lost: number | null;
  readonly jitter_ns: number | null;
}

const MAX_STREAM = 255;

export const tcpFacts: Shape<TcpFacts> = object<TcpFacts>({
  retransmits: nullable(amount),
  rtt_ns: nullable(amount),
  rtt_var_ns: nullable(amount),
  min_rtt_ns: nullable(amount),
  snd_cwnd_bytes: nullable(amount),
  pmtu_bytes: nullable(amount),
  mss_bytes: nullable(amount),
  congestion_control: nullable(text(32)),
  busy_ratio: nullable(amount),
  receive_window_limited_ratio: nullable(amount),
  send_buffer_limited_ratio: nullable(amount),
});

export const senderReport: Shape<SenderReport> = object<SenderReport>({
  stream: whole(0, MAX_STREAM),
  bytes: whole(0),
  packets: nullable(whole(0)),
  elapsed_ns: amount,
  tcp: nullable(tcpFacts),
  thread_ratio: nullable(amount),
});

export const receiverReport: Shape<ReceiverReport> = object<ReceiverReport>({
  stream: whole(0, MAX_STREAM),
  bytes: whole(0),
  packets: nullable(whole(0)),
  reordered: nullable(whole(0)),
  duplicated: nullable(whole(0)),
  jitter_ns: nullable(amount),
  window_ns: amount,
  thread_ratio: nullable(amount),
});

export const receiverInterval: Shape<ReceiverInterval> = object<ReceiverInterval>({
  stream: whole(0, MAX_STREAM),
  index: whole(-1_000_000),
  start_ns: whole(-Number.MAX_SAFE_INTEGER),
  end_ns: whole(-Number.MAX_SAFE_INTEGER),
  omitted: flag,
  bytes: whole(0),
  packets: nullable(whole(0)),
  lost: nullable(whole(0)),
  jitter_ns: nullable(amount),
});

export const senderReports = list(senderReport, MAX_STREAM + 1);
export const receiverReports = list(receiverReport, MAX_STREAM + 1);
export const receiverIntervals = list(receiverInterval, 4096);
export const engineName = oneOf('linux', 'portable');
