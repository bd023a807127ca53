/**
 * Counts of the two ends of one stream. The names are those of the control protocol and of JSON.
 *
 * @module
 */
import type { TcpFacts } from './flow.ts';

/** Counts of the sender of one stream, without the warm-up. `packets` is `null` for TCP. */
export interface SenderReport {
  readonly stream: number;
  readonly bytes: number;
  readonly packets: number | null;
  /** Payload of the warm-up, which `bytes` does not include; `null` from a client with protocol 1. */
  readonly warmup_bytes: number | null;
  readonly elapsed_ns: number;
  readonly tcp: TcpFacts | null;
  /** Share of the time in which the sending thread was running. */
  readonly thread_ratio: number | null;
  /** Share of the time in which the thread was runnable and waited for a processor. */
  readonly wait_ratio: number | null;
  /** Share of the time in which the kernel accepted no datagram, because the send buffer was full; `null` for TCP. */
  readonly blocked_ratio: number | null;
  /** Length of one of `slices`; `null` for UDP. */
  readonly slice_ns: number | null;
  /** Octets acknowledged, including selectively, in each equal slice of the measured part; `null` for UDP. */
  readonly slices: readonly number[] | null;
}

/** Counts of the receiver of one stream, without the warm-up. */
export interface ReceiverReport {
  readonly stream: number;
  readonly bytes: number;
  readonly packets: number | null;
  readonly reordered: number | null;
  readonly duplicated: number | null;
  readonly jitter_ns: number | null;
  /** Mean one-way delay of datagrams above the smallest one. */
  readonly queueing_ns: number | null;
  /** Length of the measured window by this end's clock; 0 if nothing was received. */
  readonly window_ns: number;
  readonly thread_ratio: number | null;
  readonly wait_ratio: number | null;
  /** Length of one of `slices`. */
  readonly slice_ns: number | null;
  /** Octets received in each equal slice of the window, 64 slices at most. */
  readonly slices: readonly number[] | null;
}

/** One reporting interval of one stream, as counted by the receiver. */
export interface ReceiverInterval {
  readonly stream: number;
  /** 0 is the first interval of the measured part; intervals of the warm-up are negative. */
  readonly index: number;
  readonly start_ns: number;
  readonly end_ns: number;
  readonly omitted: boolean;
  readonly bytes: number;
  readonly packets: number | null;
  readonly lost: number | null;
  readonly jitter_ns: number | null;
}
