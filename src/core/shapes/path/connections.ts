/**
 * Results of connections a second to any host.
 *
 * @module
 */
import type { Distribution } from '../flow.ts';
import type { HttpTls } from './http.ts';
import type { LaneComparison, PingFailure } from './ping.ts';
import type { PathTestBase } from './test-base.ts';

/** One second of a test of connections. */
export interface ConnectionsRow {
  readonly test: 'connections';
  readonly address: string;
  /** Source that was asked for; `null` where there is only one. */
  readonly from: string | null;
  /** Time since the test began. */
  readonly start_ns: number;
  readonly end_ns: number;
  readonly connections_opened: number;
  readonly connections_failed: number;
  readonly connect_ns: Distribution;
}

/** TLS handshakes of a test of connections. Texts are as the target sent them. */
export interface ConnectionsTls extends Omit<HttpTls, 'alpn'> {
  /** Time from the ClientHello to the end of the handshake, of the connections that count. */
  readonly handshake_ns: Distribution;
  /** Handshakes that resumed a session; the client offers none. */
  readonly resumed: number;
}

/**
 * Connections that needed a second SYN. A stream waits a second and more for each, so that a few of them halve the rate of a
 * target that is fast.
 */
export interface RepeatedSyns {
  readonly n: number;
  /** `kernel`: by its count of retransmissions. `time`: those that took a second or more, where the system does not tell. */
  readonly told_by: 'kernel' | 'time';
  /** Time that the streams spent on them, all together. */
  readonly wait_ns: number;
  /** Rate at which the others were opened, in the time that the streams had without that; `null` if nothing remains. */
  readonly others_per_s: number | null;
}

/** Result of a test of connections a second, as the client counts them. */
export interface ConnectionsResult extends PathTestBase {
  readonly test: 'connections';
  /** Connections that were opened, a second of the measured time. `null` if the test was too short. */
  readonly opened_per_s: number | null;
  readonly connections_opened: number;
  readonly connections_failed: number;
  /** Attempts that neither succeeded nor failed when the test ended. */
  readonly connections_pending: number;
  /** Share of the attempts that failed. */
  readonly failure_ratio: number | null;
  /** Length of the measured time. */
  readonly duration_ns: number;
  /** Attempts at the same time, at most. */
  readonly streams: number;
  /** Attempts at the start that do not count. */
  readonly warmup: number;
  /** Least time between two attempts of one stream; 0 without one. */
  readonly gap_ns: number;
  readonly timeout_ns: number;
  /** Time from SYN to SYN-ACK. */
  readonly connect_ns: Distribution;
  /** Connections whose SYN was sent again; `null`: not known. */
  readonly connections_retransmitted: number | null;
  readonly repeated_syns: RepeatedSyns;
  readonly failures: readonly PingFailure[];
  /** Of the first handshake; `null` without TLS, or if none was completed. A connection counts when it is complete. */
  readonly tls: ConnectionsTls | null;
  readonly compared: LaneComparison | null;
}
