/**
 * A peer's endpoint as the socket knows it: the address in the kernel's form, and the local address
 * to which the peer's last packet came, so that an answer leaves from there.
 *
 * The engine keeps such an object for a peer without looking into it, and hands it back with what is
 * to be sent.
 *
 * @module
 */
import type { Endpoint } from '../core/tunnel-config.ts';
import { AF, IP, IPV6, SOL } from './constants.ts';
import type { Libc, Memory } from './libc.ts';
import { readSockaddr, SOCKADDR_BYTES, writeSockaddr } from './sockaddr.ts';
import type { UdpReceiver } from './udp-receiver.ts';

const SOCKADDR_IN_BYTES = 16;
const CMSGHDR_BYTES = 16;
/** A control message with an int, and one with in_pktinfo (12) or in6_pktinfo (20), each aligned to 8. */
const INT_BYTES = 24;
const PKTINFO_BYTES = 40;
/** Most that `writeControl` writes: packet info, traffic class, segment size. */
export const CONTROL_BYTES = PKTINFO_BYTES + 2 * INT_BYTES;

export class SocketEndpoint implements Endpoint {
  readonly address: string;
  readonly port: number;
  readonly family: number;
  readonly sockaddr: Uint8Array;
  /** 4 or 16 octets; `null` leaves the choice to the route. */
  readonly local: Uint8Array | null;

  private constructor(address: string, port: number, sockaddr: Uint8Array, local: Uint8Array | null) {
    this.address = address;
    this.port = port;
    this.sockaddr = sockaddr;
    this.family = sockaddr[0] ?? AF.inet;
    this.local = local;
  }

  /** The same without a local address: the route chooses one. */
  fromAnywhere(): SocketEndpoint {
    return new SocketEndpoint(this.address, this.port, this.sockaddr, null);
  }

  /** An endpoint of an address in text. */
  static of(libc: Libc, { address, port }: Endpoint): SocketEndpoint {
    const length = writeSockaddr(libc, libc.scratch, address, port);
    return new SocketEndpoint(address, port, libc.scratch.bytes.slice(0, length), null);
  }

  /** Makes an endpoint of what came with message `i`. */
  static ofMessage(libc: Libc, received: UdpReceiver, i: number): SocketEndpoint {
    const { bytes } = received.headers;
    const name = received.nameOffset(i);
    libc.scratch.bytes.set(bytes.subarray(name, name + SOCKADDR_BYTES));
    const destination = received.destinationOffset(i);
    const { address, port } = readSockaddr(libc.scratch);
    const local = destination < 0 ? null : bytes.slice(destination, destination + (bytes[name] === AF.inet ? 4 : 16));
    const length = bytes[name] === AF.inet ? SOCKADDR_IN_BYTES : SOCKADDR_BYTES;
    return new SocketEndpoint(address, port, libc.scratch.bytes.slice(0, length), local);
  }

  /** Whether message `i` came from here, and to the same local address. */
  isSourceOf(received: UdpReceiver, i: number): boolean {
    const { bytes } = received.headers;
    const name = received.nameOffset(i);
    for (let k = 0; k < this.sockaddr.length; k++) if (bytes[name + k] !== this.sockaddr[k]) return false;
    if (this.local === null) return true;
    const destination = received.destinationOffset(i);
    if (destination < 0) return true;
    for (let k = 0; k < this.local.length; k++) if (bytes[destination + k] !== this.local[k]) return false;
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
    if (this.local !== null) {
      end = this.#header(
        into,
        end,
        CMSGHDR_BYTES + (v4 ? 12 : 20),
        v4 ? SOL.ip : SOL.ipv6,
        v4 ? IP.pktinfo : IPV6.pktinfo,
      );
      into.bytes.fill(0, end, end + 24);
      // in_pktinfo: index, local address, unused; in6_pktinfo: local address, index. Index 0: any device.
      into.bytes.set(this.local, v4 ? end + 4 : end);
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
