/**
 * Validation of the counts that the other end of a stream reports.
 *
 * @module
 */
import type { TcpFacts } from '../../core/shapes/flow.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import { amount, flag, list, nullable, object, oneOf, type Shape, text, whole } from '../shape.ts';

const MAX_STREAM = 255;

/** Checks `TcpFacts`. */
export const tcpFacts: Shape<TcpFacts> = object<TcpFacts>({
  retransmits: nullable(amount),
  bytes_transmitted: nullable(amount),
  bytes_retransmitted: nullable(amount),
  spurious_retransmits: nullable(amount),
  timeouts: nullable(amount),
  timeout_ratio: nullable(amount),
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

/** Checks a `SenderReport`. */
export const senderReport: Shape<SenderReport> = object<SenderReport>({
  stream: whole(0, MAX_STREAM),
  bytes: whole(0),
  packets: nullable(whole(0)),
  warmup_bytes: nullable(whole(0)),
  elapsed_ns: amount,
  tcp: nullable(tcpFacts),
  thread_ratio: nullable(amount),
  wait_ratio: nullable(amount),
  blocked_ratio: nullable(amount),
  slice_ns: nullable(whole(50e6)),
  slices: nullable(list(whole(0), 64)),
});

/** Checks a `ReceiverReport`. */
export const receiverReport: Shape<ReceiverReport> = object<ReceiverReport>({
  stream: whole(0, MAX_STREAM),
  bytes: whole(0),
  packets: nullable(whole(0)),
  reordered: nullable(whole(0)),
  duplicated: nullable(whole(0)),
  jitter_ns: nullable(amount),
  queueing_ns: nullable(amount),
  window_ns: amount,
  thread_ratio: nullable(amount),
  wait_ratio: nullable(amount),
  slice_ns: nullable(whole(50e6)),
  slices: nullable(list(whole(0), 64)),
});

/** Checks a `ReceiverInterval`. */
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

/** Checks the sender reports of one test. */
export const senderReports = list(senderReport, MAX_STREAM + 1);
/** Checks the receiver reports of one test. */
export const receiverReports = list(receiverReport, MAX_STREAM + 1);
/** Checks the rows of one `interval` message. */
export const receiverIntervals = list(receiverInterval, 4096);
/** Checks the name of an engine. */
export const engineName = oneOf('linux', 'portable');
