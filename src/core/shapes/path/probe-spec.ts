/**
 * Parameters of a test of a path: what is tested towards which target, from which socket.
 *
 * @module
 */
import type { EngineChoice } from '../spec.ts';

/** What a test of a path finds out. */
export type ProbeKind = 'trace' | 'mtr' | 'mtu' | 'ping' | 'connections' | 'latency' | 'http';
/** Protocol of the probes. */
export type ProbeProtocol = 'tcp' | 'udp' | 'icmp';

/** The target as the user named it. */
export interface ProbeTarget {
  /** Host name or address, without port. */
  readonly name: string;
  /** `null` leaves the port to the test: each kind has its usual one. */
  readonly port: number | null;
  /** The whole URL, where one was given. */
  readonly url: string | null;
}

/** How to talk to the target where it is a server of winze. */
export interface ProbedServer {
  /** The shared secret; `null` without one. */
  readonly secret: Uint8Array | null;
  /** Whether to wait in the queue of a busy server. */
  readonly wait: boolean;
}

/** Where probes leave from: a local address, a device, or both; `null` leaves it to the route. */
export interface ProbeSource {
  readonly address: string | null;
  readonly device: string | null;
}

/** One test of a path. A parameter that was not given is `null`: the kind of test has its usual value. */
export interface ProbeSpec {
  readonly test: ProbeKind;
  readonly protocol: ProbeProtocol;
  /** Time of the test; `null` for what is usual, 0 until it is stopped. */
  readonly duration_ns: number | null;
  /** Probes, rounds or repetitions after the warm-up; `null` for what fits the time. */
  readonly count: number | null;
  /** Time between two probes, or two rounds of them. */
  readonly gap_ns: number | null;
  /** Length of what is sent: the payload of a probe, or of a round trip. */
  readonly length_bytes: number | null;
  /** Connections at the same time. */
  readonly streams: number;
  /** Of connections a second: whether a full TLS handshake follows on each. */
  readonly tls: boolean;
  /** IPv4 TOS / IPv6 traffic class octet, 0..255. */
  readonly tos: number | null;
  /** Local port; stream i uses this port + i. */
  readonly client_port: number | null;
  /** Probes or round trips at the start that do not count in the result. */
  readonly warmup: number;
  /** Whether names of addresses on the path are looked up. */
  readonly names: boolean;
  /** Source ports to try, each of which may lead along another branch of the path. */
  readonly paths: number;
  /** Whether a server of winze traces back to this host too. */
  readonly both: boolean;
  /** Greatest TTL of a probe. */
  readonly max_hops: number;
}

/** A test as a program asks for it: what is left out has its usual value. */
export type PartialProbeSpec = Pick<ProbeSpec, 'test'> & Partial<ProbeSpec>;

/** A test with what its driver needs: the address that is probed, and the socket to use. */
export interface ProbeRequest extends ProbeSpec {
  readonly target: ProbeTarget & { readonly address: string; readonly family: 4 | 6 };
  /** `null` unless the target is a server of winze. */
  readonly server: ProbedServer | null;
  readonly source: ProbeSource;
  /** The address of `--via` that is probed instead of the target, as it was named; `null` for the target itself. */
  readonly via: string | null;
  /** Longest wait for a connection. */
  readonly connect_timeout_ns: number;
  readonly engine: EngineChoice;
}
