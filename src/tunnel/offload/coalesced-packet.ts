/**
 * A super-packet in the making: the first packet of a flow, and the payload of the packets that follow it.
 *
 * A packet may be appended if segmentation by the kernel restores exactly the original packets (the rules are
 * those of Linux's tcp_gro_receive and udp_gro_receive): all header fields must be equal, except those that
 * segmentation sets.
 *
 * @module
 */
import { checksum, foldSum, pseudoHeaderSum } from '../../wire/checksum.ts';
import { IPV6_HEADER_BYTES, PROTOCOL_TCP } from '../../wire/ip.ts';
import type { PacketMemory } from '../../wire/packet-memory.ts';
import {
  type GsoVirtioHeader,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  VIRTIO_NET_HDR_GSO_UDP_L4,
  VIRTIO_NET_HEADER_BYTES,
  writeGsoVirtioHeader,
  writePlainVirtioHeader,
} from '../../wire/virtio-net.ts';
import type { FlowPacket } from './flow-packet.ts';

/** Greatest value of the length fields of IPv4 and UDP. */
const MAX_PACKET_BYTES = 65_535;
/** UDP_GRO_CNT_MAX of Linux, on which programs that receive with UDP_GRO rely. */
const MAX_UDP_DATAGRAMS = 64;

const IPV4_DONT_FRAGMENT = 0x4000;
const TCP_PSH = 0x08;

/** One pending packet of a `Coalescer`; it may be empty. */
export class CoalescedPacket {
  readonly #memory: PacketMemory;
  readonly #at: number;
  #version = 0;
  #protocol = 0;
  #transport = 0;
  #headerBytes = 0;
  #length = 0;
  #count = 0;
  #gsoBytes = 0;
  /** Filled in for each packet that is written. */
  readonly #gso: GsoVirtioHeader = { gsoType: 0, headerBytes: 0, gsoBytes: 0, checksumStart: 0, checksumOffset: 0 };
  #nextSequence = 0;
  #nextIdentification = 0;
  /** Set after a short segment or PSH: nothing may be appended. */
  #complete = false;

  /** @param at - offset of the packet, after its virtio-net header */
  constructor(memory: PacketMemory, at: number) {
    this.#memory = memory;
    this.#at = at;
  }

  /** Whether it contains a packet. */
  get isPending(): boolean {
    return this.#count > 0;
  }

  /** Whether a packet belongs to the same flow: same addresses, ports and protocol. */
  isFlowOf(packet: FlowPacket): boolean {
    const { view } = this.#memory;
    const here = this.#at;
    const there = packet.at;
    if (this.#count === 0 || packet.protocol !== this.#protocol || packet.version !== this.#version) return false;
    if (view.getInt32(there + packet.transport) !== view.getInt32(here + this.#transport)) return false;
    const addresses = this.#version === 4 ? 12 : 8;
    return equalWords(view, here + addresses, there + addresses, this.#version === 4 ? 8 : 32);
  }

  /** Whether a packet of this flow may be appended. */
  isContinuedBy(packet: FlowPacket): boolean {
    if (this.#complete || packet.headerBytes !== this.#headerBytes || packet.payloadBytes > this.#gsoBytes)
      return false;
    if (this.#length + packet.payloadBytes > MAX_PACKET_BYTES) return false;
    if (!this.#isSameIp(packet.at)) return false;
    return this.#protocol === PROTOCOL_TCP ? this.#isNextTcp(packet.at) : this.#count < MAX_UDP_DATAGRAMS;
  }

  /** Copies the first packet of a flow. */
  start(packet: FlowPacket): void {
    const { bytes, view } = this.#memory;
    bytes.copyWithin(this.#at, packet.at, packet.at + packet.length);
    this.#version = packet.version;
    this.#protocol = packet.protocol;
    this.#transport = packet.transport;
    this.#headerBytes = packet.headerBytes;
    this.#length = packet.length;
    this.#count = 1;
    this.#gsoBytes = packet.payloadBytes;
    this.#complete = false;
    this.#nextIdentification = (view.getUint16(this.#at + 4) + 1) & 0xffff;
    this.#nextSequence = (view.getInt32(this.#at + this.#transport + 4) + packet.payloadBytes) | 0;
  }

  /** Appends the payload of a packet for which `isContinuedBy` is true. */
  append(packet: FlowPacket): void {
    const { bytes, view } = this.#memory;
    bytes.copyWithin(this.#at + this.#length, packet.at + packet.headerBytes, packet.at + packet.length);
    this.#length += packet.payloadBytes;
    this.#count++;
    this.#nextIdentification = (this.#nextIdentification + 1) & 0xffff;
    this.#nextSequence = (this.#nextSequence + packet.payloadBytes) | 0;
    this.#complete = packet.payloadBytes < this.#gsoBytes;
    if (packet.hasPsh) {
      this.#complete = true;
      const flags = this.#at + this.#transport + 13;
      view.setUint8(flags, view.getUint8(flags) | TCP_PSH);
    }
  }

  /** Completes the headers and writes the packet; it is empty afterwards. */
  flush(write: (at: number, length: number) => void): void {
    const header = this.#at - VIRTIO_NET_HEADER_BYTES;
    if (this.#count === 1) writePlainVirtioHeader(this.#memory.view, header);
    else this.#writeHeaders(header);
    this.#count = 0;
    write(header, VIRTIO_NET_HEADER_BYTES + this.#length);
  }

  #isSameIp(there: number): boolean {
    const { view } = this.#memory;
    const here = this.#at;
    if (this.#version === 6) {
      // Version, traffic class, flow label; next header and hop limit.
      return view.getInt32(there) === view.getInt32(here) && view.getInt16(there + 6) === view.getInt16(here + 6);
    }
    const fragment = view.getUint16(here + 6);
    if (view.getInt16(there) !== view.getInt16(here) || view.getUint16(there + 6) !== fragment) return false;
    if (view.getInt16(there + 8) !== view.getInt16(here + 8)) return false;
    // The identification of a packet with DF has no meaning (RFC 6864 §4.1).
    return (fragment & IPV4_DONT_FRAGMENT) !== 0 || view.getUint16(there + 4) === this.#nextIdentification;
  }

  #isNextTcp(packet: number): boolean {
    const { view } = this.#memory;
    const here = this.#at + this.#transport;
    const there = packet + this.#transport;
    return (
      view.getInt32(there + 4) === this.#nextSequence &&
      view.getInt32(there + 8) === view.getInt32(here + 8) &&
      view.getInt16(there + 14) === view.getInt16(here + 14) &&
      view.getInt16(there + 18) === view.getInt16(here + 18) &&
      equalWords(view, here + 20, there + 20, this.#headerBytes - this.#transport - 20)
    );
  }

  #writeHeaders(virtioHeader: number): void {
    const { view } = this.#memory;
    const packet = this.#at;
    const transport = packet + this.#transport;
    const transportBytes = this.#length - this.#transport;
    if (this.#version === 4) {
      view.setUint16(packet + 2, this.#length);
      view.setUint16(packet + 10, 0);
      view.setUint16(packet + 10, checksum(view, packet, this.#transport));
    } else {
      view.setUint16(packet + 4, this.#length - IPV6_HEADER_BYTES);
    }
    const tcp = this.#protocol === PROTOCOL_TCP;
    if (!tcp) view.setUint16(transport + 4, transportBytes);
    const checksumOffset = tcp ? 16 : 6;
    const pseudoSum = pseudoHeaderSum(view, packet, this.#version, this.#protocol, transportBytes);
    view.setUint16(transport + checksumOffset, foldSum(pseudoSum));
    const tcpType = this.#version === 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
    const type = tcp ? tcpType : VIRTIO_NET_HDR_GSO_UDP_L4;
    const gso = this.#gso;
    gso.gsoType = type;
    gso.headerBytes = this.#headerBytes;
    gso.gsoBytes = this.#gsoBytes;
    gso.checksumStart = this.#transport;
    gso.checksumOffset = checksumOffset;
    writeGsoVirtioHeader(view, virtioHeader, gso);
  }
}

/** @param length - a multiple of four */
function equalWords(view: DataView, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i += 4) if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
  return true;
}
