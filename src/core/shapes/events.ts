/**
 * What a running client tells whoever watches it: the console, a JSON stream, a program.
 *
 * @module
 */
import type { Interval, LatencyInterval, PathResult, ResultDocument, TestFailure, TestResult } from './result.ts';
import type { Clip, TestSpec } from './spec.ts';

export type ClientEvent =
  /** What this system does not do for the client, and what the client does instead. */
  | { readonly tag: 'notice'; readonly message: string }
  | { readonly tag: 'connected'; readonly path: PathResult; readonly port: number; readonly server_version: string }
  /** The server is busy; this client is `place`-th in the queue. */
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
      readonly protocol: 'tcp' | 'udp';
      readonly rows: readonly Interval[];
    }
  | { readonly tag: 'latency-interval'; readonly path: string; readonly row: LatencyInterval }
  | { readonly tag: 'test-ended'; readonly result: TestResult }
  /** A path of several cannot be used, or not any more: its `error` says why. The others go on. */
  | { readonly tag: 'path-failed'; readonly path: PathResult }
  /** A test did not begin; others go on. */
  | { readonly tag: 'test-failed'; readonly failure: TestFailure }
  | { readonly tag: 'ended'; readonly document: ResultDocument };

/** What a running server tells its console. */
export type ServerEvent =
  /** What this system does not do for the server, and what the server does instead. */
  | { readonly tag: 'notice'; readonly message: string }
  | { readonly tag: 'listening'; readonly addresses: readonly string[]; readonly port: number }
  /** Something keeps the server from serving as it should. */
  | { readonly tag: 'warning'; readonly message: string }
  | { readonly tag: 'client-connected'; readonly client: string; readonly version: string }
  | { readonly tag: 'client-queued'; readonly client: string; readonly place: number }
  | { readonly tag: 'client-refused'; readonly client: string; readonly reason: string }
  /** Packets between this host and the client are captured, as the client has asked. */
  | { readonly tag: 'capture-begun'; readonly client: string; readonly device: string }
  | { readonly tag: 'client-closed'; readonly client: string; readonly reason: string }
  | { readonly tag: 'test-started'; readonly client: string; readonly test_id: number; readonly spec: TestSpec }
  | {
      readonly tag: 'interval';
      readonly client: string;
      readonly test_id: number;
      readonly spec: TestSpec;
      /** Since the test started. */
      readonly start_ns: number;
      readonly end_ns: number;
      /** Payload that arrived, that the kernel took; datagrams both ways; probes that were sent back. */
      readonly received_bps: number | null;
      readonly sent_bps: number | null;
      readonly packets_per_s: number | null;
      readonly echoes_per_s: number | null;
    }
  | { readonly tag: 'test-ended'; readonly client: string; readonly test_id: number; readonly summary: string };
