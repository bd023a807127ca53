/**
 * Events of a running client and of a running server, for the console, a JSON stream or a program.
 *
 * @module
 */
import type { ConnectionsInterval } from './connections.ts';
import type { Interval } from './flow.ts';
import type { ProbeEvent } from './path/events.ts';
import type { LatencyInterval, PathResult, ResultDocument, TestFailure, TestResult } from './result.ts';
import type { Clip, TestPurpose, TestSpec } from './spec.ts';

/** What happens in a test of the path that is one of several tests of a client. */
export type PathEvent = Exclude<ProbeEvent, { readonly tag: 'notice' | 'ended' }>;

/**
 * Processor time that the processes of both ends used in the last second, for each second of it: 1.0 is one core. `null` where
 * it is not told, as by an older server.
 */
export interface LiveCpu {
  readonly client_ratio: number | null;
  readonly server_ratio: number | null;
}

/** Events of a running client, in the order in which they happen. */
export type ClientEvent =
  /** A feature that this system does not offer to the client, and what the client does instead. */
  | { readonly tag: 'notice'; readonly message: string }
  /** An event of a test of the path, which come before the others. */
  | { readonly tag: 'path-event'; readonly event: PathEvent }
  | { readonly tag: 'connected'; readonly path: PathResult; readonly port: number; readonly server_version: string }
  /** The server is busy; this client has place `place` in the queue, 1 is next. */
  | { readonly tag: 'queued'; readonly path: string; readonly place: number }
  | {
      readonly tag: 'test-started';
      readonly path: string;
      readonly round: number;
      readonly rounds: number;
      readonly spec: TestSpec;
      readonly clipped: readonly Clip[];
      readonly streams: readonly { readonly stream: number; readonly local: string; readonly remote: string }[];
    }
  | {
      readonly tag: 'interval';
      readonly path: string;
      readonly round: number;
      readonly protocol: 'tcp' | 'udp';
      readonly rows: readonly Interval[];
    }
  | { readonly tag: 'latency-interval'; readonly path: string; readonly round: number; readonly row: LatencyInterval }
  | {
      readonly tag: 'connections-interval';
      readonly path: string;
      readonly round: number;
      readonly row: ConnectionsInterval;
    }
  /** Once a second in a test, if the client asked for it (`live_cpu`). */
  | ({ readonly tag: 'cpu'; readonly path: string } & LiveCpu)
  | { readonly tag: 'test-ended'; readonly result: TestResult }
  /** One of several paths cannot be used, or no longer: its `error` says why. The tests on other paths go on. */
  | { readonly tag: 'path-failed'; readonly path: PathResult }
  /** A test did not begin; the other tests go on. */
  | { readonly tag: 'test-failed'; readonly failure: TestFailure }
  | { readonly tag: 'ended'; readonly document: ResultDocument };

/** Events of a running server. */
export type ServerEvent =
  /** A feature that this system does not offer to the server, and what the server does instead. */
  | { readonly tag: 'notice'; readonly message: string }
  | { readonly tag: 'listening'; readonly addresses: readonly string[]; readonly port: number }
  /** Metrics are served at this URL. */
  | { readonly tag: 'metrics-listening'; readonly url: string }
  /** A condition that impairs the server. */
  | { readonly tag: 'warning'; readonly message: string }
  | { readonly tag: 'client-connected'; readonly client: string; readonly version: string }
  | { readonly tag: 'client-queued'; readonly client: string; readonly place: number }
  | { readonly tag: 'client-refused'; readonly client: string; readonly reason: string }
  /** The server began to capture packets between this host and the client, as the client asked. */
  | { readonly tag: 'capture-begun'; readonly client: string; readonly device: string }
  | { readonly tag: 'client-closed'; readonly client: string; readonly reason: string }
  | {
      readonly tag: 'test-started';
      readonly client: string;
      readonly test_id: number;
      readonly spec: TestSpec;
      /** Whether the test is a trace from this server to the client: the latency test of `spec` is its stream alone. */
      readonly trace_back: boolean;
      /** What the test is for; `null` if it is the one that `spec` says, and from an older client. */
      readonly purpose: TestPurpose | null;
    }
  | {
      readonly tag: 'interval';
      readonly client: string;
      readonly test_id: number;
      readonly spec: TestSpec;
      /** Time since the test started. */
      readonly start_ns: number;
      readonly end_ns: number;
      /** Payload received from the client. */
      readonly received_bps: number | null;
      /** Payload that the kernel accepted for sending. */
      readonly sent_bps: number | null;
      /** Datagrams, sent and received. */
      readonly packets_per_s: number | null;
      /** Latency probes that were answered. */
      readonly echoes_per_s: number | null;
      /** Connections accepted of a test of connections. */
      readonly connections_per_s: number | null;
    }
  | { readonly tag: 'test-ended'; readonly client: string; readonly test_id: number; readonly summary: string };
