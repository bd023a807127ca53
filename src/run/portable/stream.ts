/**
 * What the streams of the portable engine share: Node's own sockets, events and timers.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Instant } from '../../core/time.ts';
import type { Boundary } from '../boundary.ts';
import type { SocketPlan, StreamPlan, StreamReport } from '../streams/stream-plan.ts';

/** A way to exchange datagrams with one peer, whether by a socket of its own or a share of the server's. */
export interface DatagramPort {
  /** Sends at once if the kernel takes it, else queues: then `bytes` must not change until `queued` is 0. */
  send(bytes: Uint8Array): void;
  /** Datagrams that wait in Node's queue. */
  queued(): number;
  /** Where datagrams go; one receiver at a time. */
  onDatagram: (bytes: Uint8Array) => void;
  close(): void;
}

/** Where a stream's octets come from: to be connected, or a socket that a server already has. */
export type PortableSocketPlan =
  | Extract<SocketPlan, { how: 'connect' }>
  | { readonly how: 'socket'; readonly socket: Socket }
  | { readonly how: 'port'; readonly port: DatagramPort; readonly address: string; readonly remotePort: number };

export interface PortableStream {
  start(now: Instant): void;
  stop(now: Instant, packets: number | null, aborted: boolean): void;
  /** Called every few milliseconds. */
  tick(now: Instant): void;
  close(): void;
}

export interface PortableDeps {
  readonly plan: StreamPlan<unknown>;
  /** Payload for writes, shared by all streams of a host; it does not compress. */
  readonly bulk: Uint8Array;
  /** When the streams of this host had their turn last: what is new to them came later. */
  readonly lookedAt: () => Instant;
  readonly report: (report: StreamReport) => void;
  /** Around whatever an event or a timer does for the stream. The host calls the stream inside it. */
  readonly boundary: Boundary;
}
