/**
 * What one stream is to do, and what it reports: the words between a test and the threads that carry it.
 *
 * Everything here survives structured cloning, so a stream may live in this thread or in a worker.
 *
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { LatencyInterval, TcpFacts } from '../../core/shapes/result.ts';
import type { FlowDirection, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import type { Instant, Nanos } from '../../core/time.ts';
import type { LatencyReport } from '../../measure/latency-recorder.ts';

/** `probe` and `reflect` are the two ends of a latency test. */
export type StreamRole = 'send' | 'receive' | 'probe' | 'reflect';

/** How a stream comes by its socket. */
export type SocketPlan =
  /** A client's: connect, and show the token. */
  | {
      readonly how: 'connect';
      readonly address: string;
      readonly port: number;
      readonly localAddress: string | null;
      readonly device: string | null;
      /** Longest wait for a connection and the server's word. */
      readonly limitNs: Nanos;
    }
  /** A server's TCP connection, as a descriptor that this stream owns from now on. */
  | { readonly how: 'adopt'; readonly fd: number; readonly address: string }
  /** A server's UDP stream: a socket of its own on the server's port, connected to the client. */
  | {
      readonly how: 'answer';
      readonly localAddress: string;
      readonly localPort: number;
      readonly address: string;
      readonly port: number;
    };

export interface StreamPlan<Socket = SocketPlan> {
  /** Unique among the streams of one host. */
  readonly id: number;
  /** Number in the test: uploads first, then downloads. */
  readonly stream: number;
  readonly direction: FlowDirection;
  readonly role: StreamRole;
  readonly spec: TestSpec;
  readonly token: Uint8Array;
  /** Memory of the `TestBoard` that all streams of the test at this end share. */
  readonly board: SharedArrayBuffer;
  /** This stream's share of the rate and of the octets of its direction. */
  readonly rateBps: number | null;
  readonly bytes: number | null;
  /** A server's stream that comes in: what it may bring at most. `null`: the other end is trusted with its rate. */
  readonly heldBps: number | null;
  readonly socket: Socket;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A sender's running figures, at the end of an interval on its own clock. */
export interface SenderSample {
  readonly index: number;
  readonly bytes: number;
  readonly tcp: TcpFacts | null;
}

export type StreamReport =
  /** The stream is connected and proven on both ends. */
  | { readonly tag: 'ready'; readonly id: number; readonly local: Endpoint; readonly remote: Endpoint }
  /** The first octet of data left or came, or the first probe left. */
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
  /** More came than the other end may send; nothing is read any more. */
  | { readonly tag: 'exceeded'; readonly id: number }
  | { readonly tag: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string };

/** Commands to a host of streams. */
export type StreamCommand<Socket = SocketPlan> =
  | { readonly tag: 'open'; readonly plan: StreamPlan<Socket> }
  | { readonly tag: 'start'; readonly id: number }
  /**
   * A sender or prober stops now. A receiver waits for what is under way: until `packets` have come,
   * or it is quiet. With `aborted` it waits for nothing.
   */
  | { readonly tag: 'stop'; readonly id: number; readonly packets: number | null; readonly aborted: boolean }
  | { readonly tag: 'close'; readonly id: number };

/** A thread, or this one, that carries streams. */
export interface StreamHost<Socket = SocketPlan> {
  post(command: StreamCommand<Socket>): void;
  /** Ends the thread; streams that are still open are closed. */
  end(): Promise<void>;
}
