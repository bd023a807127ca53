/**
 * A peer's endpoint in the form of socket calls: the remote address as a `sockaddr`, the local address and the device
 * on which the peer's message was received, and the source address and device for datagrams to the peer.
 *
 * The engine keeps such an object for each peer, does not read it, and passes it back with datagrams to be sent.
 *
 * @module
 */
import type { Endpoint } from '../core/shapes/tunnel-config.ts';
import { AF, IP, IPV6, SOL } from './constants.ts';
import type { Libc } from './libc.ts';
import type { Memory } from './memory/memory.ts';
import { canonicalAddress, readSockaddr, SOCKADDR_BYTES, writeSockaddr } from './sockaddr.ts';
import type { UdpReceiver } from './udp/udp-receiver.ts';

const SOCKADDR_IN_BYTES = 16;
const CMSGHDR_BYTES = 16;
/** Sizes of a control message with an int, and of one with in_pktinfo (12) or in6_pktinfo (20), each aligned to 8. */
const INT_BYTES = 24;
const PKTINFO_BYTES = 40;
/** Largest result of `writeControl`, in octets: packet info, traffic class, segment size. */
export const CONTROL_BYTES = PKTINFO_BYTES + 2 * INT_BYTES;

/** Where a message was received, from its control messages (IP_PKTINFO, IPV6_PKTINFO). */
export interface Arrival {
  /** Destination address of the message, 4 or 16 octets. */
  readonly local: Uint8Array;
  /** Index of the device that received it. */
  readonly device: number;
}

/** The source address and device for datagrams to a peer. */
export interface Source {
  /** Source address, 4 or 16 octets; `null` for the one that the kernel chooses for the device. */
  readonly local: Uint8Array | null;
  /** Index of the outgoing device; 0 leaves that to the route. */
  readonly device: number;
  /**
   * Signature of the route when the source was chosen. If the route has another signature now, the source is chosen
   * again.
   */
  readonly signature: string;
}

/** A peer's endpoint with the octets that socket calls need, and the source address chosen for it. */
export class SocketEndpoint implements Endpoint {
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly family: number;
  readonly sockaddr: Uint8Array;
  /** `null` for an endpoint that was given as text. */
  readonly arrival: Arrival | null;
  /** `null` leaves the choice to the route, for each datagram. */
  source: Source | null = null;
  /** Generation of the host's routes for which `source` was decided; `null` before the first decision. */
  decidedAt: number | null = null;

  private constructor({ address, port }: Endpoint, sockaddr: Uint8Array, arrival: Arrival | null) {
    this.address = address;
    this.port = port;
    this.sockaddr = sockaddr;
    this.family = sockaddr[0] ?? AF.inet;
    this.arrival = arrival;
    if (arrival) this.localAddress = arrival.local.join('.');
  }

  /** A copy for which no source address has been decided. */
  anew(): SocketEndpoint {
    return new SocketEndpoint(this, this.sockaddr, this.arrival);
  }

  /** Creates an endpoint from an address in text. */
  static of(libc: Libc, { address, port }: Endpoint): SocketEndpoint {
    const length = writeSockaddr(libc, libc.scratch, address, port);
    return new SocketEndpoint(
      { address: canonicalAddress(libc, address), port },
      libc.scratch.bytes.slice(0, length),
      null,
    );
  }

  /** Creates the endpoint of the sender of message `i`. */
  static ofMessage(libc: Libc, received: UdpReceiver, i: number): SocketEndpoint {
    const { bytes } = received.headers;
    const name = received.nameOffset(i);
    libc.scratch.bytes.set(bytes.subarray(name, name + SOCKADDR_BYTES));
    const destination = received.destinationOffset(i);
    const local = destination < 0 ? null : bytes.slice(destination, destination + (bytes[name] === AF.inet ? 4 : 16));
    const length = bytes[name] === AF.inet ? SOCKADDR_IN_BYTES : SOCKADDR_BYTES;
    const arrival = local && { local, device: received.deviceOf(i) };
    return new SocketEndpoint(readSockaddr(libc, libc.scratch), libc.scratch.bytes.slice(0, length), arrival);
  }

  /** The remote address, 4 or 16 octets. */
  get octets(): Uint8Array {
    return this.family === AF.inet ? this.sockaddr.subarray(4, 8) : this.sockaddr.subarray(8, 24);
  }

  /** Index of the device of a link-local address; else 0. */
  get scope(): number {
    if (this.family === AF.inet) return 0;
    return new DataView(this.sockaddr.buffer, this.sockaddr.byteOffset).getUint32(24, true);
  }

  /** Whether message `i` was sent from this endpoint to the same local address. */
  isSourceOf(received: UdpReceiver, i: number): boolean {
    const { bytes } = received.headers;
    const name = received.nameOffset(i);
    for (let k = 0; k < this.sockaddr.length; k++) if (bytes[name + k] !== this.sockaddr[k]) return false;
    const local = this.arrival?.local;
    const destination = received.destinationOffset(i);
    if (local === undefined || destination < 0) return true;
    for (let k = 0; k < local.length; k++) if (bytes[destination + k] !== local[k]) return false;
    return true;
  }

  /**
   * Writes the control messages for datagrams to this endpoint and returns their length.
   *
   * @param ecn - 0..3, the ECN field of the outer header (RFC 3168); the DSCP is 0
   * @param segmentBytes - size of the datagrams of one message, 0 if it is a single one
   */
  writeControl(into: Memory, at: number, ecn: number, segmentBytes: number): number {
    const v4 = this.family === AF.inet;
    let end = at;
    if (this.source !== null) {
      const { local, device } = this.source;
      end = this.#header(
        into,
        end,
        CMSGHDR_BYTES + (v4 ? 12 : 20),
        v4 ? SOL.ip : SOL.ipv6,
        v4 ? IP.pktinfo : IPV6.pktinfo,
      );
      into.bytes.fill(0, end, end + 24);
      // in_pktinfo: index, local address, unused; in6_pktinfo: local address, index. Index 0: any device.
      if (local) into.bytes.set(local, v4 ? end + 4 : end);
      into.view.setUint32(v4 ? end : end + 16, device, true);
      end += v4 ? 16 : 24;
    }
    if (ecn !== 0) {
      end = this.#header(into, end, CMSGHDR_BYTES + 4, v4 ? SOL.ip : SOL.ipv6, v4 ? IP.tos : IPV6.tclass);
      into.view.setInt32(end, ecn, true);
      end += 8;
    }
    if (segmentBytes !== 0) {
      end = this.#header(into, end, CMSGHDR_BYTES + 2, SOL.udp, UDP_SEGMENT);
      into.view.setUint16(end, segmentBytes, true);
      end += 8;
    }
    return end - at;
  }

  #header(into: Memory, at: number, length: number, level: number, type: number): number {
    into.view.setUint32(at, length, true);
    into.view.setUint32(at + 4, 0, true);
    into.view.setInt32(at + 8, level, true);
    into.view.setInt32(at + 12, type, true);
    return at + CMSGHDR_BYTES;
  }
}

const UDP_SEGMENT = 103;
