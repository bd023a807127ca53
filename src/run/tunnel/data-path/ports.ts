/**
 * What the data path needs of the world: packets of the host, datagrams of the network, and waiting for either.
 *
 * Octets do not pass through these interfaces. They lie in the arena (`arena.ts`): a port is given offsets, and reads
 * or writes there, as the kernel does. So a port in memory serves the same data path as TUN device and sockets do.
 *
 * @module
 */

import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Nanos } from '../../../core/time.ts';
import type { LinkState } from '../../../native/netlink/link-watch.ts';
import type { DatagramError } from '../../../native/udp/error-queue.ts';
import type { OutgoingBatch } from '../../../native/udp/outgoing-batch.ts';

/** Packets of the host, each with a virtio-net header before it. Either may stand for many (`offload`). */
export interface PacketPort {
  /** Of the device. */
  readonly name: string;
  /** Whether the host takes UDP super-packets. */
  readonly udpSegmentation: boolean;
  /** Reads the next packet to an offset. @returns octets, header included; 0 or less where there is none */
  read(at: number, mostBytes: number): number;
  /** Hands a packet to the host. @returns whether it was taken */
  write(at: number, length: number): boolean;
  /** Why the last write failed. */
  failure(): string;
  /** What the device is now, after it changed; `null` where it cannot be asked any more. */
  link(): LinkState | null;
  close(): void;
}

/** Where a peer is, as the port knows it that made the object; other ports do not. */
export interface Remote extends Endpoint {
  /** The same, with nothing decided about the source of answers. */
  anew(): Remote;
}

/** Datagrams that were received: one batch, which is valid until the next `receive`. */
export interface DatagramSource {
  /** Receives what a socket has, up to `RECEIVE_MESSAGES` of them. @returns messages, of one or many datagrams each */
  receive(socket: number): number;
  /** Offset of message `i`. */
  offset(i: number): number;
  /** Octets of all its datagrams. */
  length(i: number): number;
  /** Octets of each datagram; the last may be shorter. */
  segmentBytes(i: number): number;
  /** Of its IP header; 0 where the socket does not tell. */
  trafficClass(i: number): number;
  /** Whether message `i` came from there, to the same local address. */
  isFrom(remote: Remote, i: number): boolean;
  remoteOf(i: number): Remote;
}

/** Datagrams that are to be sent. */
export interface DatagramSink {
  readonly outgoing: OutgoingBatch<Remote>;
  /** The endpoint as `outgoing` takes it, with its source decided. The same object for as long as that serves. */
  ready(endpoint: Endpoint): Remote;
  /** Sends what is in `outgoing`, which is empty afterwards. What is lost is told to `onFailure`. */
  flush(): void;
}

export interface DatagramPort extends DatagramSource, DatagramSink {
  /** UDP port of all its sockets. */
  readonly port: number;
  onFailure: (to: Remote, datagrams: number, reason: string) => void;
  /** All of it, or nothing. `undefined` leaves what is. @throws NetError `ERR_USAGE` for a port that is taken */
  configure(listenPort: number | undefined, fwmark: number | undefined): void;
  /** An address as the port tells of a sender: `fe80::1%3` is `fe80::1%eth0`. */
  canonical(address: string): string;
  /** To be called when routes of the host may have changed. */
  routesChanged(): void;
  /** What the network told of datagrams that were sent by a socket. */
  errors(socket: number): readonly DatagramError[];
  close(): void;
}

/** What a socket has. */
export interface SocketReady {
  hasDatagrams: boolean;
  hasErrors: boolean;
}

/** What there is to do. */
export interface Ready {
  /** Somebody has a command for the thread. */
  isWoken: boolean;
  hasLinkChanged: boolean;
  hasPackets: boolean;
  /** The device was deleted. */
  isDeviceGone: boolean;
  /** By number of the socket. */
  readonly sockets: readonly SocketReady[];
}

export interface WaitPort {
  /** Waits until there is something to do, at most so long. @returns the same object each time */
  wait(timeoutNs: Nanos): Ready;
}
