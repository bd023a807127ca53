/**
 * Plans, commands and reports of streams: the messages between a test and the threads that run its streams.
 *
 * Everything here can be cloned (structured clone), so a stream may run in this thread or in a worker.
 *
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { AcceptReport, ConnectReport } from '../../core/shapes/connections.ts';
import type { TcpFacts } from '../../core/shapes/flow.ts';
import type { TraceAsk, TracedPath } from '../../core/shapes/path/trace-back.ts';
import type { LatencyInterval } from '../../core/shapes/result.ts';
import type { FlowDirection, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import type { Instant, Nanos } from '../../core/time.ts';
import type { ConnectRow } from '../../measure/connections/connect-meter.ts';
import type { LatencyReport } from '../../measure/latency-recorder.ts';

/**
 * What a stream does. `probe` and `reflect` are the two ends of a latency test, `connect` and `accept` those of a test of
 * connections. With `trace` a server traces to its client instead of reflecting.
 */
export type StreamRole = 'send' | 'receive' | 'probe' | 'reflect' | 'trace' | 'connect' | 'accept';

/** How a stream gets its socket. */
export type SocketPlan =
  /** A client's stream: connects and sends the token. */
  | {
      readonly how: 'connect';
      readonly address: string;
      readonly port: number;
      readonly localAddress: string | null;
      /** Port of stream 0, to which the number of the stream is added; `null` leaves it to the system. */
      readonly firstPort: number | null;
      readonly device: string | null;
      /** Longest wait for a connection and the server's confirmation. */
      readonly limitNs: Nanos;
    }
  /** A server's TCP connection: a descriptor that this stream owns from now on. */
  | { readonly how: 'adopt'; readonly fd: number; readonly address: string }
  /** A server's listening sockets, from which a test of connections accepts: descriptors that this stream owns. */
  | { readonly how: 'listen'; readonly fds: readonly number[]; readonly address: string }
  /** A server's UDP stream: a socket of its own on the server's port, connected to the client. */
  | {
      readonly how: 'answer';
      readonly localAddress: string;
      readonly localPort: number;
      readonly address: string;
      readonly port: number;
    };

/** Everything that a stream needs to know. */
export interface StreamPlan<Socket = SocketPlan> {
  /** Unique among the streams of one host. */
  readonly id: number;
  /** Number of the stream in the test: uploads first, then downloads. */
  readonly stream: number;
  readonly direction: FlowDirection;
  readonly role: StreamRole;
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  /** Memory of the `TestBoard` that all streams of the test at this end share. */
  readonly board: SharedArrayBuffer;
  /** This stream's share of the rate of its direction; `null` for no limit. */
  readonly rateBps: number | null;
  readonly bytes: number | null;
  /** Granted rate that a receiving server enforces on this stream; `null` if it is not enforced. */
  readonly heldBps: number | null;
  /** What a stream of the role `trace` traces; `null` for others. */
  readonly trace: TraceAsk | null;
  readonly socket: Socket;
}

/** An address and a port of one end of a stream. */
export interface StreamAddress {
  readonly address: string;
  readonly port: number;
}

/** Totals of a sender at the end of an interval by its own clock. */
export interface SenderSample {
  readonly index: number;
  readonly bytes: number;
  readonly tcp: TcpFacts | null;
}

/** Shares of the time in which a thread ran, and waited for a processor. */
export type ThreadShares = Pick<SenderReport, 'thread_ratio' | 'wait_ratio'>;

/** Messages from a stream to its test; `id` is that of the plan. */
export type StreamReport =
  /** The stream is connected, and both ends have confirmed it. */
  | { readonly tag: 'ready'; readonly id: number; readonly local: StreamAddress; readonly remote: StreamAddress }
  /** The first octet of data was sent or received, or the first probe was sent. */
  | { readonly tag: 'flowing'; readonly id: number; readonly at: Instant }
  | { readonly tag: 'received'; readonly id: number; readonly rows: readonly ReceiverInterval[] }
  | { readonly tag: 'sampled'; readonly id: number; readonly sample: SenderSample }
  | { readonly tag: 'probed'; readonly id: number; readonly row: LatencyInterval }
  | { readonly tag: 'sent'; readonly id: number; readonly report: SenderReport }
  | { readonly tag: 'drained'; readonly id: number; readonly report: ReceiverReport }
  | {
      readonly tag: 'measured';
      readonly id: number;
      readonly report: LatencyReport;
      readonly timestamps: 'kernel' | 'user';
      readonly threadRatio: number | null;
    }
  /** Intervals of a client that opens connections. */
  | { readonly tag: 'connects'; readonly id: number; readonly rows: readonly ConnectRow[] }
  /** A client has opened its connections; those that are held stay open until the stream is closed. */
  | { readonly tag: 'connected'; readonly id: number; readonly connections: ConnectReport; readonly use: ThreadShares }
  /** A server has accepted its connections; `drained` follows. */
  | { readonly tag: 'accepted'; readonly id: number; readonly accepted: AcceptReport }
  /** A server has traced to its client. */
  | { readonly tag: 'traced'; readonly id: number; readonly trace: TracedPath }
  /** No descriptor is left, or none of the system: connections that were to be held are closed. */
  | { readonly tag: 'short'; readonly id: number; readonly error: string }
  /** A connection that is not of the test came to it: whoever gets this report owns the descriptor. */
  | { readonly tag: 'stranger'; readonly id: number; readonly fd: number }
  /** The other end exceeded its granted rate; nothing more is read. */
  | { readonly tag: 'exceeded'; readonly id: number }
  | { readonly tag: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string };

/** Commands to a host of streams. */
export type StreamCommand<Socket = SocketPlan> =
  | { readonly tag: 'open'; readonly plan: StreamPlan<Socket> }
  | { readonly tag: 'start'; readonly id: number }
  /**
   * A sender or prober stops now. A receiver waits for data in flight: until `packets` datagrams were received, or none
   * arrive for some time. With `aborted` it does not wait.
   */
  | { readonly tag: 'stop'; readonly id: number; readonly packets: number | null; readonly aborted: boolean }
  /** A connection of a test of connections whose token, with this mark, the main thread read: the stream owns it from now on. */
  | { readonly tag: 'take'; readonly id: number; readonly fd: number; readonly mark: number }
  /** `reset`: the other end was given up, and nothing more is sent to it. */
  | { readonly tag: 'close'; readonly id: number; readonly reset: boolean };

/** Runs streams, in this thread or in a worker. */
export interface StreamHost<Socket = SocketPlan> {
  post(command: StreamCommand<Socket>): void;
  /** Ends the thread; streams that are still open are closed. */
  end(): Promise<void>;
}
