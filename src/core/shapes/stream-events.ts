/**
 * Lines of `--json-stream` of tests, of the lab and of a server: one JSON object a line.
 *
 * Each has the same five fields around its `data`, so that a dashboard reads one line without those before it. The schema
 * is `schema/stream-1.schema.json`, and tests validate lines of real runs against it.
 *
 * @module
 */
import type { ConnectionsInterval } from './connections.ts';
import type { ServerEvent } from './events.ts';
import type { Interval } from './flow.ts';
import type { FailedLabDocument, LabDocument, LabEvent } from './lab.ts';
import type { ConnectionsRow } from './path/connections.ts';
import type { PathDocument } from './path/document.ts';
import type { ProbeEvent } from './path/events.ts';
import type { HttpRun } from './path/http.ts';
import type { PingRow } from './path/ping.ts';
import type { ProbeKind } from './path/probe-spec.ts';
import type { HopRow, TraceRound } from './path/trace.ts';
import type { LatencyInterval, PathResult, ResultDocument } from './result.ts';
import type { Clip, TestKind, TestPurpose, TestSpec } from './spec.ts';

/** When and where something happened. */
export interface StreamPlace {
  /** Time of day at which the line was printed: RFC 3339, in UTC, with milliseconds. */
  readonly time: string;
  /** Kind of the test; `null` if the line is of none. */
  readonly test: TestKind | ProbeKind | null;
  /**
   * The path as the documents name it: the address as it was given, in the lab the row. A server names the address of its
   * client. `null` if the line is of no path.
   */
  readonly path: string | null;
  /** Round of a comparison, from 1. `null` outside of tests, for tests of the path, and at a server. */
  readonly round: number | null;
}

/** Why something failed. */
export interface StreamError {
  readonly code: string;
  readonly message: string;
}

type Started<Kind extends string, Data> = { readonly kind: Kind } & Data;
type Tagged<Event, Tag extends string> = Omit<Extract<Event, { readonly tag: Tag }>, 'tag'>;

/** `data` of a `start` line, told apart by `kind`. */
export type StreamStart =
  | Started<'notice', { readonly message: string }>
  | Started<'connected', { readonly path: PathResult; readonly port: number; readonly server_version: string }>
  | Started<'queued', { readonly path: string; readonly place: number }>
  | Started<'probe', Tagged<ProbeEvent, 'probe-started'>>
  | Started<
      'test',
      {
        readonly path: string;
        readonly round: number;
        readonly rounds: number;
        readonly config: TestSpec;
        readonly clipped: readonly Clip[];
        readonly streams: readonly { readonly stream: number; readonly local: string; readonly remote: string }[];
      }
    >
  | Started<'link', Tagged<LabEvent, 'link'>>
  | Started<'row', Tagged<LabEvent, 'row'>>
  | Started<'left-out', Tagged<LabEvent, 'left-out'>>
  | Started<'test', Tagged<LabEvent, 'test'>>;

/** `data` of an `interval` line, told apart by `test`. */
export type StreamInterval =
  | {
      readonly test: 'bandwidth';
      readonly path: string;
      readonly protocol: 'tcp' | 'udp';
      readonly rows: readonly Interval[];
    }
  | { readonly test: 'latency'; readonly path: string; readonly row: LatencyInterval }
  | { readonly test: 'connections'; readonly path: string; readonly row: ConnectionsInterval }
  | { readonly test: 'trace'; readonly address: string; readonly from: string | null; readonly hop: HopRow }
  | ({ readonly test: 'mtr'; readonly address: string; readonly from: string | null } & TraceRound)
  | PingRow
  | ConnectionsRow
  | ({ readonly test: 'http' } & HttpRun);

/** `data` of an `error` line. With `path` it is about this path, with `round` and `config` about this test: others go on. */
export interface StreamFailure extends StreamError {
  readonly path?: string;
  readonly round?: number;
  readonly config?: TestSpec;
}

/** The document at the end of a stream: the same that `--json` prints. */
export type StreamDocument = ResultDocument | PathDocument | LabDocument | FailedLabDocument;

/** One line of `--json-stream` of `-c`, `-x` and `lab`. */
export type StreamEvent = StreamPlace &
  (
    | { readonly event: 'start'; readonly data: StreamStart }
    | { readonly event: 'interval'; readonly data: StreamInterval }
    | { readonly event: 'error'; readonly data: StreamFailure }
    | { readonly event: 'end'; readonly data: StreamDocument }
  );

/** `data` of an `interval` line of a server: a second of a test, as the server sees it. */
export interface ServerStreamInterval extends Omit<Tagged<ServerEvent, 'interval'>, 'spec' | 'received_bps'> {
  readonly config: TestSpec;
  /** Payload that arrived, warm-up included. `null` if the test has no upload. */
  readonly goodput_bps: number | null;
}

type ServerOnly<Tag extends string> = Tag extends string
  ? { readonly event: Tag; readonly data: Tagged<ServerEvent, Tag> }
  : never;

/** One line of `--json-stream` of `-s`. What a client says too has the same name. */
export type ServerStreamEvent = StreamPlace &
  (
    | {
        readonly event: 'start';
        readonly data: Started<
          'test',
          {
            readonly client: string;
            readonly test_id: number;
            readonly config: TestSpec;
            readonly trace_back: boolean;
            readonly purpose: TestPurpose | null;
          }
        >;
      }
    | { readonly event: 'interval'; readonly data: ServerStreamInterval }
    | { readonly event: 'error'; readonly data: StreamError }
    | { readonly event: 'end'; readonly data: { readonly complete: boolean; readonly error: StreamError | null } }
    | ServerOnly<Exclude<ServerEvent['tag'], 'test-started' | 'interval'>>
  );
