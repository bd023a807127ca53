/**
 * Configuration of a client and of a server, from a program or from the command line.
 *
 * @module
 */
import type { ClientEvent, ServerEvent } from './events.ts';
import type { PartialProbeSpec } from './path/probe-spec.ts';
import type { EngineChoice, ServerLimits, TestSpec } from './spec.ts';

/** Default port of a server, for control connections and for data over TCP and UDP. */
export const DEFAULT_PORT = 8888;

/**
 * Shortest shared secret: 128 bits, if it is random. A shorter one could be guessed offline from one recorded session.
 */
export const MIN_SECRET_BYTES = 16;

/** Address family, local address and device that every socket of a client is bound to. */
export interface BindChoice {
  /** 4 or 6 to use only that family; `null` for either. */
  readonly family: 4 | 6 | null;
  readonly local_address: string | null;
  /** Network device (SO_BINDTODEVICE). */
  readonly device: string | null;
}

/** Configuration of one run of the client: the servers, the tests and how to run them. */
export interface ClientConfig extends BindChoice {
  readonly host: string;
  readonly port: number;
  /** Other addresses of the same server; paths to them are compared with the path to `host` in interleaved rounds. */
  readonly via: readonly string[];
  /** Local port of stream 0; stream i has this port + i. `null` leaves it to the system. Not for tests of connections. */
  readonly client_port: number | null;
  /** Tests to run one after the other, in this order, on every path, in every round. */
  readonly tests: readonly TestSpec[];
  /**
   * Tests of the path to run before them, one after the other, the path MTU first: over `host` and over each of `via`. The
   * path MTU is that of a comparison's ceiling.
   */
  readonly path_tests: readonly PartialProbeSpec[];
  /** Rounds of a comparison; 1 without `via`. */
  readonly rounds: number;
  /**
   * Capture and count the tunnel's packets during tests over `via`, at this host, and at the server if it allows it.
   */
  readonly during: boolean;
  /** Longest wait for a connection, for the server's first answer on it, and for the first answer over UDP. */
  readonly connect_timeout_ns: number;
  /** Whether to wait in the queue of a busy server. If not, the run fails with `ERR_REFUSED`. */
  readonly wait: boolean;
  /** `MIN_SECRET_BYTES` or more, the same at both ends. */
  readonly secret: Uint8Array | null;
  readonly title: string | null;
  /** Whether to send some extra datagrams after a test whose figures do not show what limited it. */
  readonly path_trial: boolean;
  /** Whether to describe this host and its links in the result. A separate process gathers this after the last test. */
  readonly host_details: boolean;
  /** Whether both ends tell their processor use while a test runs, as events. */
  readonly live_cpu: boolean;
  readonly engine: EngineChoice;
  /** Ends the run; what was measured until then is returned. */
  readonly signal: AbortSignal | null;
  readonly onEvent: (event: ClientEvent) => void;
}

/** Configuration of one server. */
export interface ServerConfig {
  /** Port to listen on; 0 lets the system choose. */
  readonly port: number;
  /** Addresses to listen on; empty is all addresses of the families in `family`. */
  readonly addresses: readonly string[];
  readonly family: 4 | 6 | null;
  /** Whether to stop after the first client that completed a test. */
  readonly once: boolean;
  readonly limits: ServerLimits;
  /** `MIN_SECRET_BYTES` or more, the same at both ends. */
  readonly secret: Uint8Array | null;
  readonly engine: EngineChoice;
  /**
   * Whether the server captures and counts the WireGuard packets between a client and this host, if the client asks.
   */
  readonly allow_capture: boolean;
  /** Whether to describe this host to clients. The server gathers this while no test runs. */
  readonly host_details: boolean;
  readonly onEvent: (event: ServerEvent) => void;
}
