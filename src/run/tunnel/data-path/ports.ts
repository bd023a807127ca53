/**
 * The interfaces of the data path to the outside: packets of the host, datagrams of the network, and waiting for
 * either.
 *
 * Octets are not passed through these interfaces. They are in the arena (`arena.ts`): a port gets offsets, and reads or
 * writes there, as the kernel does. So the data path works with ports in memory as it does with a TUN device and
 * sockets.
 *
 * @module
 */

import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Nanos } from '../../../core/time.ts';
import type { LinkState } from '../../../native/netlink/link-watch.ts';
import type { DatagramError } from '../../../native/udp/error-queue.ts';
import type { OutgoingBatch } from '../../../native/udp/outgoing-batch.ts';

/** Packets of the host, each preceded by a virtio-net header. A packet may stand for many (GSO, `offload`). */
export interface PacketPort {
  /** Name of the device. */
  readonly name: string;
  /** Whether the host accepts UDP packets that stand for many (USO). */
  readonly udpSegmentation: boolean;
  /**
   * Reads the next packet to an offset.
   *
   * @returns its length, header included; 0 or less if there is none
   */
  read(at: number, mostBytes: number): number;
  /**
   * Writes a packet to the host.
   *
   * @returns whether it was accepted
   */
  write(at: number, length: number): boolean;
  /** Why the last write failed. */
  failure(): string;
  /** State of the device, after a change; `null` if it does not exist any more. */
  link(): LinkState | null;
  close(): void;
}

/** The endpoint of a peer, in the form of the port that created the object. Only that port can use it. */
export interface Remote extends Endpoint {
  /** A copy for which no source address has been decided. */
  anew(): Remote;
}

/** Datagrams that were received: one batch, valid until the next `receive`. */
export interface DatagramSource {
  /**
   * Receives what has arrived on a socket, up to `RECEIVE_MESSAGES` messages.
   *
   * @returns the number of messages, each of one or more datagrams
   */
  receive(socket: number): number;
  /** Offset of message `i`. */
  offset(i: number): number;
  /** Length of message `i` in octets, all its datagrams together. */
  length(i: number): number;
  /** Size of each datagram in octets; the last may be shorter. */
  segmentBytes(i: number): number;
  /** Traffic class of its IP header; 0 where the socket does not report it. */
  trafficClass(i: number): number;
  /** Whether message `i` was sent from there to the same local address. */
  isFrom(remote: Remote, i: number): boolean;
  /** The sender of message `i`. */
  remoteOf(i: number): Remote;
}

/** Datagrams to be sent. */
export interface DatagramSink {
  readonly outgoing: OutgoingBatch<Remote>;
  /**
   * The endpoint in the form that `outgoing` needs, with its source address decided. Returns the same object while it
   * is valid.
   */
  ready(endpoint: Endpoint): Remote;
  /**
   * Sends all datagrams in `outgoing`, which is empty afterwards. Calls `onFailure` for datagrams that were dropped.
   */
  flush(): void;
}

/** All datagrams of a tunnel. */
export interface DatagramPort extends DatagramSource, DatagramSink {
  /** UDP port of all its sockets. */
  readonly port: number;
  onFailure: (to: Remote, datagrams: number, reason: string) => void;
  /**
   * Changes port and mark, both or none. `undefined` keeps the present value.
   *
   * @throws NetError `ERR_USAGE` for a port that is in use
   */
  configure(listenPort: number | undefined, fwmark: number | undefined): void;
  /** An address in the form in which the port reports senders: `fe80::1%3` becomes `fe80::1%eth0`. */
  canonical(address: string): string;
  /** To be called when routes of the host may have changed. */
  routesChanged(): void;
  /** Errors for datagrams that a socket has sent, from its error queue. */
  errors(socket: number): readonly DatagramError[];
  close(): void;
}

/** What can be read from a socket. */
export interface SocketReady {
  hasDatagrams: boolean;
  hasErrors: boolean;
}

/** What there is to do after a wait. */
export interface Ready {
  /** There is a command for the thread. */
  isWoken: boolean;
  hasLinkChanged: boolean;
  hasPackets: boolean;
  /** The device was deleted. */
  isDeviceGone: boolean;
  /** By number of the socket. */
  readonly sockets: readonly SocketReady[];
}

/** Waits for all other ports. */
export interface WaitPort {
  /**
   * Waits until there is something to do, or the timeout.
   *
   * @returns the same object each time
   */
  wait(timeoutNs: Nanos): Ready;
}
