/**
 * What a program or the command line may ask of a client and of a server.
 *
 * @module
 */
import type { ClientEvent, ServerEvent } from './events.ts';
import type { ServerLimits, TestSpec } from './spec.ts';

/** Port for everything, TCP and UDP. */
export const DEFAULT_PORT = 8888;

/** Fewer octets than a random key of 128 bits could be guessed from one recorded session. */
export const MIN_SECRET_BYTES = 16;

/** `auto` takes Linux system calls where they are to be had; `portable` forces Node's own sockets. */
export type EngineChoice = 'auto' | 'portable';

/** What every socket of a client is bound to. */
export interface BindChoice {
  /** 4 or 6 to use only that family, `null` for whichever resolves first. */
  readonly family: 4 | 6 | null;
  readonly local_address: string | null;
  /** Network device (SO_BINDTODEVICE). */
  readonly device: string | null;
}

export interface ClientConfig extends BindChoice {
  readonly host: string;
  readonly port: number;
  /** More addresses of the same server, to be compared with `host` in interleaved rounds. */
  readonly via: readonly string[];
  /** Run one after the other, in this order, on every path, in every round. */
  readonly tests: readonly TestSpec[];
  /** Rounds of a comparison; 1 without `via`. */
  readonly rounds: number;
  /** Capture and count the tunnel's packets while a test of `via` runs, here and where the server allows it. */
  readonly during: boolean;
  /** Longest wait for a connection, and for the first answer over UDP if it is shorter than that is by itself. */
  readonly connect_timeout_ns: number;
  /** Wait in the queue of a busy server; otherwise fail with `ERR_REFUSED`. */
  readonly wait: boolean;
  /** `MIN_SECRET_BYTES` or more, the same at both ends. */
  readonly secret: Uint8Array | null;
  readonly title: string | null;
  /** After a test whose figures leave open what limited it: try the path with some datagrams more. */
  readonly path_trial: boolean;
  /** Describe this host and its links in the result. Takes a process of its own, after the last test. */
  readonly host_details: boolean;
  readonly engine: EngineChoice;
  /** Ends the test; what was measured until then is returned. */
  readonly signal: AbortSignal | null;
  readonly onEvent: (event: ClientEvent) => void;
}

export interface ServerConfig {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Addresses to listen on; empty is all, of the families in `family`. */
  readonly addresses: readonly string[];
  readonly family: 4 | 6 | null;
  /** Stop after the first client that completed a test. */
  readonly once: boolean;
  readonly limits: ServerLimits;
  /** `MIN_SECRET_BYTES` or more, the same at both ends. */
  readonly secret: Uint8Array | null;
  readonly engine: EngineChoice;
  /** Whether a client may have the packets of WireGuard between itself and this host counted. */
  readonly allow_capture: boolean;
  /** Whether clients are told what this host is. It is found out while nothing is tested. */
  readonly host_details: boolean;
  readonly onEvent: (event: ServerEvent) => void;
}
