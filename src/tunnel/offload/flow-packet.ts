/**
 * Parses the header fields that coalescing needs. One object is used for all packets.
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
/** Mask of all bits beside the data offset: reserved bits, AE, and CWR to FIN. */
const TCP_FLAGS = 0x0fff;

const IPV4_DONT_FRAGMENT = 0x4000;

/** The packet that `read` parsed last. */
export class FlowPacket {
  readonly #memory: PacketMemory;
  at = 0;
  length = 0;
  version = 0;
  protocol = 0;
  /** Octets before the TCP or UDP header. */
  transport = 0;
  /** Octets of all headers, including TCP or UDP. */
  headerBytes = 0;
  payloadBytes = 0;
  /** Whether TCP has PSH set. */
  hasPsh = false;
  /** Whether it may be coalesced: TCP data with no flags but ACK and PSH, or UDP with a checksum. */
  isCoalescable = false;

  constructor(memory: PacketMemory) {
    this.#memory = memory;
  }

  /**
   * Parses a packet. Returns false, with undefined fields, if ports are not directly after a plain IP header:
   * for other protocols, fragments, IP options, extension headers, and malformed packets.
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
   * Whether the checksums of IPv4 and of TCP or UDP are correct. This takes 0.1 µs for 1400 octets.
   *
   * The checksum of a coalesced packet is computed anew and the kernel does not verify it. Without this check,
   * a packet that was corrupted before it entered the tunnel would leave it with a correct checksum.
   */
  isIntact(): boolean {
    const { view } = this.#memory;
    if (this.version === 4 && checksum(view, this.at, IPV4_HEADER_BYTES) !== 0) return false;
    // The IP header ends with the addresses, so one pass covers addresses, transport header and payload.
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
    this.hasPsh = (offsetAndFlags & TCP_PSH) !== 0;
    this.isCoalescable = this.payloadBytes > 0 && (offsetAndFlags & TCP_FLAGS & ~TCP_PSH) === TCP_ACK;
    return true;
  }

  #readUdp(udp: number): boolean {
    const { view } = this.#memory;
    this.headerBytes = this.transport + UDP_HEADER_BYTES;
    if (this.headerBytes > this.length) return false;
    this.payloadBytes = this.length - this.headerBytes;
    this.hasPsh = false;
    this.isCoalescable =
      this.payloadBytes > 0 &&
      view.getUint16(udp + 4) === this.length - this.transport &&
      view.getUint16(udp + UDP_CHECKSUM) !== 0;
    return true;
  }
}
