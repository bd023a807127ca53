/**
 * The datagram port on Linux: a UDP socket for each family on one port number. Receives with recvmmsg() and UDP_GRO,
 * sends with sendmmsg() and UDP_SEGMENT.
 *
 * @module
 */

import type { Endpoint } from '../../../../core/shapes/tunnel-config.ts';
import { NS_PER_MS } from '../../../../core/time.ts';
import type { Libc } from '../../../../native/libc.ts';
import { RouteTable } from '../../../../native/netlink/route-table.ts';
import { canonicalAddress } from '../../../../native/sockaddr.ts';
import { SocketEndpoint } from '../../../../native/socket-endpoint.ts';
import { DatagramBatch } from '../../../../native/udp/datagram-batch.ts';
import { type DatagramError, ErrorQueue } from '../../../../native/udp/error-queue.ts';
import {
  closeTunnelSockets,
  markSockets,
  openTunnelSockets,
  type TunnelSockets,
} from '../../../../native/udp/tunnel-sockets.ts';
import { UdpReceiver } from '../../../../native/udp/udp-receiver.ts';
import { type Arena, RECEIVE_MESSAGES } from '../arena.ts';
import type { DatagramPort } from '../ports.ts';
import { type SocketFacts, Sources } from '../sources.ts';

/** How long to wait for a socket whose buffer is full before the rest is dropped. */
const SEND_TIMEOUT = 100 * NS_PER_MS;

/** The sockets of a tunnel, with their buffers and source addresses. */
export class LinuxDatagrams implements DatagramPort {
  readonly outgoing: DatagramBatch;
  onFailure: DatagramPort['onFailure'] = () => undefined;
  readonly #libc: Libc;
  readonly #receiver: UdpReceiver;
  readonly #errors: ErrorQueue;
  readonly #routes: RouteTable;
  readonly #sources: Sources;
  #sockets: TunnelSockets;
  #fwmark = 0;

  /**
   * Opens sockets on a port that the system chooses.
   *
   * @throws NetError `ERR_UNSUPPORTED`
   */
  constructor(libc: Libc, { memory, received, outgoing }: Arena) {
    this.#libc = libc;
    this.#sockets = openTunnelSockets(libc, 0);
    this.outgoing = new DatagramBatch(libc, this.#sockets, memory, outgoing, (to, datagrams, reason) =>
      this.onFailure(to, datagrams, reason),
    );
    this.#receiver = new UdpReceiver(libc, RECEIVE_MESSAGES, { memory, base: received });
    this.#errors = new ErrorQueue(libc);
    this.#routes = new RouteTable(libc);
    this.#sources = new Sources(libc, this.#routes, this.#facts());
  }

  get port(): number {
    return this.#sockets.port;
  }

  /** Descriptor of a socket: 0 is IPv4, 1 is IPv6; -1 where the host lacks the family. */
  fd(socket: number): number {
    const { v4, v6 } = this.#sockets;
    return (socket === 0 ? v4 : v6)?.fd ?? -1;
  }

  receive(socket: number): number {
    return this.#receiver.receive(this.fd(socket));
  }

  offset(i: number): number {
    return this.#receiver.offset(i);
  }

  length(i: number): number {
    return this.#receiver.length(i);
  }

  segmentBytes(i: number): number {
    return this.#receiver.segmentBytes(i);
  }

  trafficClass(i: number): number {
    return this.#receiver.trafficClass(i);
  }

  isFrom(remote: SocketEndpoint, i: number): boolean {
    return remote.isSourceOf(this.#receiver, i);
  }

  remoteOf(i: number): SocketEndpoint {
    return SocketEndpoint.ofMessage(this.#libc, this.#receiver, i);
  }

  ready(endpoint: Endpoint): SocketEndpoint {
    return this.#sources.ready(endpoint);
  }

  flush(): void {
    if (!this.outgoing.empty) this.outgoing.flush(SEND_TIMEOUT);
  }

  configure(listenPort: number | undefined, fwmark: number | undefined): void {
    const before = this.#sockets;
    if (listenPort !== undefined && listenPort !== before.port) {
      this.#sockets = openTunnelSockets(this.#libc, listenPort);
      this.outgoing.use(this.#sockets);
    }
    try {
      if (fwmark !== undefined || this.#sockets !== before) markSockets(this.#sockets, fwmark ?? this.#fwmark);
    } catch (error) {
      if (this.#sockets !== before) closeTunnelSockets(this.#sockets);
      this.#sockets = before;
      this.outgoing.use(before);
      throw error;
    }
    if (this.#sockets !== before) closeTunnelSockets(before);
    this.#fwmark = fwmark ?? this.#fwmark;
    this.#sources.changed(this.#facts());
  }

  canonical(address: string): string {
    return canonicalAddress(this.#libc, address);
  }

  routesChanged(): void {
    this.#sources.changed();
  }

  errors(socket: number): readonly DatagramError[] {
    return this.#errors.drain(this.fd(socket));
  }

  close(): void {
    closeTunnelSockets(this.#sockets);
    this.#routes.close();
    this.#errors.free();
    this.#receiver.free();
    this.outgoing.free();
  }

  #facts(): SocketFacts {
    const { port, device } = this.#sockets;
    return { port, device, fwmark: this.#fwmark };
  }
}
