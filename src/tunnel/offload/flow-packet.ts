/**
 * What joining needs to know of one packet: a reader that is pointed at packet after packet.
 *
 * @module
 */
import { checksum } from '../../wire/checksum.ts';
import {
  IPV4_HEADER_BYTES,
  innerLength,
  ipHeaderBytes,
  ipProtocol,
  ipVersion,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_HEADER_BYTES,
  UDP_CHECKSUM,
  UDP_HEADER_BYTES,
} from '../../wire/ip.ts';
import type { PacketMemory } from '../../wire/packet-memory.ts';

const TCP_PSH = 0x08;
const TCP_ACK = 0x10;
/** Data offset apart, all that stands with the flags: reserved bits, AE, CWR to FIN. */
const TCP_FLAGS = 0x0fff;

const IPV4_DONT_FRAGMENT = 0x4000;

export class FlowPacket {
  readonly #memory: PacketMemory;
  at = 0;
  length = 0;
  version = 0;
  protocol = 0;
  /** Octets before the TCP or UDP header, and with it. */
  transport = 0;
  headerBytes = 0;
  payloadBytes = 0;
  /** Whether TCP's PSH is set. */
  pushes = false;
  /** Whether it is plain data: TCP with ACK and PSH at most, UDP with a checksum. */
  joinable = false;

  constructor(memory: PacketMemory) {
    this.#memory = memory;
  }

  /**
   * Points at a packet. Returns false, and leaves the fields undefined, for what has no ports where they
   * are looked for: other protocols, fragments, IP options and extension headers, and malformed packets.
   */
  read(at: number, length: number): boolean {
    const { bytes, view } = this.#memory;
    if (innerLength(bytes, at, length) !== length) return false;
    this.at = at;
    this.length = length;
    this.version = ipVersion(bytes, at);
    this.protocol = ipProtocol(bytes, at);
    this.transport = ipHeaderBytes(bytes, at);
    if (this.version === 4) {
      if (this.transport !== IPV4_HEADER_BYTES || (view.getUint16(at + 6) & ~IPV4_DONT_FRAGMENT) !== 0) return false;
    }
    if (this.protocol === PROTOCOL_TCP) return this.#readTcp(at + this.transport);
    return this.protocol === PROTOCOL_UDP && this.#readUdp(at + this.transport);
  }

  /**
   * Whether the checksums of IPv4 and of TCP or UDP are right, which takes 0.1 µs for 1400 octets.
   *
   * The checksum of a joined packet is made anew, and the kernel does not look at it any more: without
   * this check, what was damaged before it entered the tunnel would leave it as if it were whole.
   */
  isIntact(): boolean {
    const { view } = this.#memory;
    if (this.version === 4 && checksum(view, this.at, IPV4_HEADER_BYTES) !== 0) return false;
    // The addresses are the end of the IP header, so one pass covers them, the header and the payload.
    const addresses = this.at + (this.version === 4 ? 12 : 8);
    const rest = this.protocol + this.length - this.transport;
    return checksum(view, addresses, this.at + this.length - addresses, rest) === 0;
  }

  #readTcp(tcp: number): boolean {
    const { view } = this.#memory;
    if (this.transport + TCP_HEADER_BYTES > this.length) return false;
    const offsetAndFlags = view.getUint16(tcp + 12);
    const tcpHeaderBytes = (offsetAndFlags >>> 12) << 2;
    this.headerBytes = this.transport + tcpHeaderBytes;
    if (tcpHeaderBytes < TCP_HEADER_BYTES || this.headerBytes > this.length) return false;
    this.payloadBytes = this.length - this.headerBytes;
    this.pushes = (offsetAndFlags & TCP_PSH) !== 0;
    this.joinable = this.payloadBytes > 0 && (offsetAndFlags & TCP_FLAGS & ~TCP_PSH) === TCP_ACK;
    return true;
  }

  #readUdp(udp: number): boolean {
    const { view } = this.#memory;
    this.headerBytes = this.transport + UDP_HEADER_BYTES;
    if (this.headerBytes > this.length) return false;
    this.payloadBytes = this.length - this.headerBytes;
    this.pushes = false;
    this.joinable =
      this.payloadBytes > 0 &&
      view.getUint16(udp + 4) === this.length - this.transport &&
      view.getUint16(udp + UDP_CHECKSUM) !== 0;
    return true;
  }
}
