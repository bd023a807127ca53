/**
 * Parameters of one test, as the client requests them and as the server grants them.
 *
 * The control protocol carries the same object, and it is `config` in the result document: hence the
 * snake_case names with units.
 *
 * @module
 */

/** What a test measures: throughput, round-trip times and loss, or connections a second. */
export type TestKind = 'bandwidth' | 'latency' | 'connections';
/**
 * What a test is for, if it is made of one of these and is no measurement of its own: a `ping` and a search for the path
 * MTU (`mtu`) are latency tests whose probes the client sends as it likes, a `trace` back is a latency test alone.
 */
export type TestPurpose = 'ping' | 'mtu' | 'trace';
/** Transport protocol of the payload. */
export type Protocol = 'tcp' | 'udp';

/** Direction of the payload of one flow, as seen from the client. */
export type FlowDirection = 'upload' | 'download';
/** Direction of a test: one flow, or one flow each way at the same time. */
export type Direction = FlowDirection | 'bidirectional';

/** Socket layer of a test: Linux system calls, or Node's own sockets. */
export type Engine = 'linux' | 'portable';

/**
 * Choice of the engine: `auto` uses Linux system calls where they are available; `portable` forces Node's own sockets.
 */
export type EngineChoice = 'auto' | 'portable';

/** Parameters of one test. An optional parameter that was not given is `null`. */
export interface TestSpec {
  readonly test: TestKind;
  /**
   * What a bandwidth test is about: `packets` is the packets a second, with one packet a write; `null` is the rate of the
   * payload. Both ends name the test by it. A server that does not know this field runs the same test.
   */
  readonly figure: 'packets' | null;
  readonly protocol: Protocol;
  /** Always `upload` in a latency test, whose probes the client sends, and in one of connections, which it opens. */
  readonly direction: Direction;
  /**
   * Parallel streams in each direction, 1..128; 1 in a latency test. In a test of connections, how many the client opens
   * at the same time.
   */
  readonly streams: number;
  /** Bytes of one write (TCP), or payload of one datagram (UDP). */
  readonly length_bytes: number;
  /** Payload bit rate of all streams of one direction together; `null` sends as fast as possible. */
  readonly rate_bps: number | null;
  /** Measured time, after the warm-up; `null` if `bytes` ends the test, or if it runs until it is stopped. */
  readonly duration_ns: number | null;
  /** Payload of all streams of one direction together after which the test ends. */
  readonly bytes: number | null;
  /** Time at the start that does not count in the result. */
  readonly warmup_ns: number;
  /** In a test of connections: open so many and keep them, instead of closing each. `null` otherwise. */
  readonly hold_connections: number | null;
  /**
   * In a test of connections: what each makes after that of TCP. `tls` is a full TLS handshake; `null` is none. A server
   * that does not know this field is not asked.
   */
  readonly handshake: 'tls' | null;
  /** Length of one reporting interval. */
  readonly interval_ns: number;
  /** Time between two latency probes. */
  readonly gap_ns: number;
  /** IPv4 TOS / IPv6 traffic class octet, 0..255. */
  readonly tos: number | null;
  readonly congestion_control: string | null;
  /** Socket buffer size that both ends request (SO_SNDBUF, SO_RCVBUF), in bytes. */
  readonly window_bytes: number | null;
  readonly mss_bytes: number | null;
  readonly no_delay: boolean;
  readonly dont_fragment: boolean;
  /** Copy received TCP payload into user memory instead of discarding it in the kernel. */
  readonly rx_copy: boolean;
}

/** Limits of a server for its clients; `null` is no limit. */
export interface ServerLimits {
  readonly max_clients: number;
  readonly max_rate_bps: number | null;
  readonly max_duration_ns: number | null;
  readonly max_streams: number;
  /** Connections that one test may hold open at the same time; if it is left out, what the descriptors of the host allow. */
  readonly max_held_connections?: number | null;
}

/** A parameter that the server reduced to its limit, for the client to show. A gap is reduced by making it longer. */
export interface Clip {
  readonly field: 'rate_bps' | 'duration_ns' | 'warmup_ns' | 'streams' | 'bytes' | 'gap_ns' | 'hold_connections';
  readonly asked: number | null;
  readonly granted: number;
}
