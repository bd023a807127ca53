/**
 * What to measure: one test, as the client asks for it and as the server agrees to it.
 *
 * The same shape travels in the control protocol and appears as `config` in the result document,
 * hence the snake_case names with units.
 *
 * @module
 */

export type TestKind = 'bandwidth' | 'latency';
export type Protocol = 'tcp' | 'udp';

/** Which way payload flows, as seen from the client. */
export type FlowDirection = 'upload' | 'download';
export type Direction = FlowDirection | 'bidirectional';

/** Which socket layer carried a test: Linux system calls, or Node's own sockets. */
export type Engine = 'linux' | 'portable';

/** One test. Every optional wish is `null` when it was not made. */
export interface TestSpec {
  readonly test: TestKind;
  readonly protocol: Protocol;
  /** A latency test is always `upload`: probes go up, answers come down. */
  readonly direction: Direction;
  /** Parallel streams in each direction, 1..128. A latency test has one. */
  readonly streams: number;
  /** Bytes of one write (TCP) or of one datagram's payload (UDP). */
  readonly length_bytes: number;
  /** Payload bit rate of all streams of one direction together; `null` sends as fast as it can. */
  readonly rate_bps: number | null;
  /** Measured time, after the warm-up; `null` with `bytes`, or to run until stopped. */
  readonly duration_ns: number | null;
  /** Payload of all streams of one direction together after which the test ends. */
  readonly bytes: number | null;
  /** Time at the start that is left out of the result. */
  readonly warmup_ns: number;
  /** Length of one reporting interval. */
  readonly interval_ns: number;
  /** Time from one latency probe to the next. */
  readonly gap_ns: number;
  /** IPv4 TOS / IPv6 traffic class octet, 0..255. */
  readonly tos: number | null;
  readonly congestion_control: string | null;
  /** Socket buffer asked for on both ends, in bytes. */
  readonly window_bytes: number | null;
  readonly mss_bytes: number | null;
  readonly no_delay: boolean;
  readonly dont_fragment: boolean;
  /** Copy received TCP payload into user memory instead of discarding it in the kernel. */
  readonly rx_copy: boolean;
}

/** What a server lets its clients do; `null` is no limit. */
export interface ServerLimits {
  readonly max_clients: number;
  readonly max_rate_bps: number | null;
  readonly max_duration_ns: number | null;
  readonly max_streams: number;
}

/** One wish that the server cut down, for the client to show. A gap is cut by making it longer. */
export interface Clip {
  readonly field: 'rate_bps' | 'duration_ns' | 'warmup_ns' | 'streams' | 'bytes' | 'gap_ns';
  readonly asked: number | null;
  readonly granted: number;
}
