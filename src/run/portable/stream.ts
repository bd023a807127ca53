/**
 * What the streams of the portable engine share: Node's own sockets, events and timers.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Instant } from '../../core/time.ts';
import type { ErrorBoundary } from '../error-boundary.ts';
import type { SocketPlan, StreamPlan, StreamReport } from '../streams/stream-plan.ts';

/** Exchanges datagrams with one peer, over its own socket or over the server's shared socket. */
export interface DatagramChannel {
  /** Sends immediately if the kernel accepts it, otherwise queues: then `bytes` must not change until `queued` is 0. */
  send(bytes: Uint8Array): void;
  /** Number of datagrams in Node's queue. */
  queued(): number;
  /** Called for each datagram received; one handler at a time. */
  onDatagram: (bytes: Uint8Array) => void;
  close(): void;
}

/** Passes the connections of a test, whose token the server has read, to the stream that counts them. */
export interface ConnectionFeed {
  /** Called for each connection with its stream number; one handler at a time, which owns the socket. */
  onConnection: (socket: Socket, mark: number) => void;
}

/** The socket of a stream: to be connected, or one that the server has already. */
export type PortableSocketPlan =
  | Extract<SocketPlan, { how: 'connect' }>
  | { readonly how: 'socket'; readonly socket: Socket }
  | { readonly how: 'feed'; readonly feed: ConnectionFeed; readonly address: string }
  | { readonly how: 'port'; readonly port: DatagramChannel; readonly address: string; readonly remotePort: number };

/** A stream of the portable engine. */
export interface PortableStream {
  start(now: Instant): void;
  /** Ends the stream. A receiver waits until `packets` datagrams were received, unless `aborted`. */
  stop(now: Instant, packets: number | null, aborted: boolean): void;
  /** Called every few milliseconds. */
  tick(now: Instant): void;
  /** @param reset - whether a connection is reset, because its other end was given up */
  close(reset: boolean): void;
}

/** What a stream gets from its host. */
export interface PortableDeps {
  readonly plan: StreamPlan<unknown>;
  /** Payload for writes, shared by all streams of a host. It is incompressible. */
  readonly bulk: Uint8Array;
  /** When the streams of this host were last run: data that is new to them arrived later. */
  readonly lastTurnAt: () => Instant;
  readonly report: (report: StreamReport) => void;
  /** Catches what events and timers of the stream throw. The host also calls the stream inside it. */
  readonly boundary: ErrorBoundary;
}
