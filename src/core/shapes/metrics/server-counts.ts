/**
 * What a server counted since it started, for metrics.
 *
 * @module
 */
import type { Protocol, TestKind, TestPurpose } from '../spec.ts';

/** A test by what it is about: `packets` is a bandwidth test whose figure is packets a second. */
export type CountedKind = TestKind | 'packets' | TestPurpose;

/**
 * How a test ended: `complete`; `incomplete`, broken off while client and server still talked; `lost`, since the client was
 * gone.
 */
export type TestOutcome = 'complete' | 'incomplete' | 'lost';

/** Why a connection was refused, or a client ended by the server. */
export type RefusalReason =
  | 'busy'
  | 'limit'
  | 'authentication'
  | 'protocol'
  | 'timeout'
  | 'shutdown'
  | 'failed'
  /** Octets of another protocol, such as HTTP. */
  | 'foreign';

/** Counts of the tests of one kind over one protocol. */
export interface TestCounts {
  readonly kind: CountedKind;
  readonly protocol: Protocol;
  readonly running: number;
  readonly ended: Readonly<Record<TestOutcome, number>>;
}

/** Payload of bandwidth tests over one protocol, as this end counts it. */
export interface PayloadCounts {
  readonly protocol: Protocol;
  readonly received_bytes: number;
  readonly sent_bytes: number;
  /** Rates of the running tests over their last second, bit/s; 0 while none runs. */
  readonly received_bps: number;
  readonly sent_bps: number;
}

/** All counts of a server. */
export interface ServerCounts {
  /** Clients that are admitted now, and those that wait. */
  readonly clients: number;
  readonly queued: number;
  readonly max_clients: number;
  readonly tests: readonly TestCounts[];
  readonly payload: readonly PayloadCounts[];
  /** Probes of latency tests, of pings and of searches for the path MTU that were answered, by protocol. */
  readonly probes_answered: Readonly<Record<Protocol, number>>;
  /** Connections that tests of connections opened here. */
  readonly connections_accepted: number;
  readonly refused: Readonly<Record<RefusalReason, number>>;
}
