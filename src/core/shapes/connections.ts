/**
 * What a test of connections measured: how many a second, how long each took, which failed. The names are those of JSON.
 *
 * @module
 */
import type { Distribution, End } from './flow.ts';

/** Connections that failed for one reason. */
export interface ConnectionFailure {
  /** The end at which the system call failed. */
  readonly end: End;
  /**
   * Name of the error, such as `ECONNREFUSED`, `EADDRNOTAVAIL` (no port is free) or `EMFILE` (no descriptor). A TLS handshake
   * that failed begins with `tls`: `tls alert handshake_failure`, `tls ECONNRESET`.
   */
  readonly error: string;
  readonly n: number;
}

/** One reporting interval of a test of connections. */
export interface ConnectionsInterval {
  /** Time since the measured part began; negative during the warm-up. */
  readonly start_ns: number;
  readonly end_ns: number;
  readonly omitted: boolean;
  /** Connections that the client opened. */
  readonly connections_opened: number;
  readonly connections_failed: number;
  /** Connections of this test that the server accepted in its interval of the same number; `null` if it told none. */
  readonly connections_accepted: number | null;
  /** Time from connect() to the answer to the SYN. */
  readonly connect_ns: Distribution;
}

/** Memory that one end used for the connections that it holds, by what it gained since the test began. */
export interface HeldMemory {
  /** Resident memory of the winze process for each connection, in bytes. */
  readonly process_bytes: number | null;
  /** Slab memory of the kernel of the whole host for each connection; of both ends, if they share a host. */
  readonly kernel_bytes: number | null;
}

/** What became of the connections that were to be kept open. */
export interface HeldConnections {
  /** Connections that were to be held, after the server's limit. */
  readonly wanted: number;
  /** Connections that were still open at the client at the end of the test. */
  readonly open_at_client: number;
  /** Connections that were still open at the server then; `null` if it did not report. */
  readonly open_at_server: number | null;
  /** Time until the client had tried to open all of them; `null` if the test ended before. */
  readonly opening_ns: number | null;
  readonly memory: { readonly client: HeldMemory | null; readonly server: HeldMemory | null };
}

/** Most names of errors that an end tells apart; an end has a few dozen, and more would be the invention of a peer. */
export const MOST_ERROR_NAMES = 32;

/** TLS of a test of connections, as its client saw it. */
export interface ConnectionTls {
  /** Version and cipher of the last handshake, such as `TLSv1.3`; `null` if none was completed. */
  readonly version: string | null;
  readonly cipher: string | null;
  /** Time from the ClientHello to the end of the handshake at the client, of the connections that count. */
  readonly handshake_ns: Distribution;
  /** Handshakes that resumed a session. The client offers none, so that any would be a fault of the server. */
  readonly resumed: number;
  /** Whether certificates were verified. Never: the server makes its own, and a handshake costs the same. */
  readonly verified: boolean;
}

/** Counts of the client of a test of connections, without the warm-up. */
export interface ConnectReport {
  readonly opened: number;
  readonly failed: number;
  /** Failures by the name of the error. */
  readonly failures: readonly { readonly error: string; readonly n: number }[];
  readonly connect_ns: Distribution;
  readonly elapsed_ns: number;
  /** Of connections to be held: how many are open at the end, and when all had been tried; `null` of other tests. */
  readonly held: { readonly open: number; readonly opening_ns: number | null } | null;
  /** `null` without TLS handshakes. */
  readonly tls: ConnectionTls | null;
}

/** Counts of the server of a test of connections, besides those of a receiver. */
export interface AcceptReport {
  /** Connections that are open at the end; `null` if none were to be held. */
  readonly held: number | null;
  /** Connections that could not be accepted, by the name of the error. */
  readonly failures: readonly { readonly error: string; readonly n: number }[];
}
