/**
 * What the two ends of one stream count. The names are those of the control protocol and of JSON.
 *
 * @module
 */
import type { TcpFacts } from './result.ts';

/** The sending end. Packets are `null` for TCP. Only the measured part counts, not the warm-up. */
export interface SenderReport {
  readonly stream: number;
  readonly bytes: number;
  readonly packets: number | null;
  /** Payload of the warm-up, which is not in `bytes`; a client of protocol 1 does not say. */
  readonly warmup_bytes: number | null;
  readonly elapsed_ns: number;
  readonly tcp: TcpFacts | null;
  /** Share of the time in which this thread was running. */
  readonly thread_ratio: number | null;
  /** Share of the time in which it could have run and waited for a processor. */
  readonly wait_ratio: number | null;
  /** Share of the time in which the kernel took no datagram, because the send buffer was full; `null` for TCP. */
  readonly blocked_ratio: number | null;
  /** Octets that were acknowledged in each slice of the measured part, selectively too; `null` for UDP. */
  readonly slice_ns: number | null;
  readonly slices: readonly number[] | null;
}

/** The receiving end. */
export interface ReceiverReport {
  readonly stream: number;
  readonly bytes: number;
  readonly packets: number | null;
  readonly reordered: number | null;
  readonly duplicated: number | null;
  readonly jitter_ns: number | null;
  /** Mean one-way delay of datagrams above the smallest. */
  readonly queueing_ns: number | null;
  /** Length of the measured window by this end's clock; 0 if nothing came. */
  readonly window_ns: number;
  readonly thread_ratio: number | null;
  readonly wait_ratio: number | null;
  /** Octets in each slice of the window, 64 at most, and the length of one. */
  readonly slice_ns: number | null;
  readonly slices: readonly number[] | null;
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
