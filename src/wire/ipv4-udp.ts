/**
 * One UDP datagram in one IPv4 packet without options.
 *
 * ```text
 *  0  0x45, DSCP and ECN 0, total length   4  identification 0, DF    8  TTL 64, protocol 17, checksum
 * 12  source address                      16  destination address
 * 20  source port, destination port       24  length, checksum 0 (none, RFC 768)   28  payload
 * ```
 *
 * @see RFC 791 §3.1, RFC 768, RFC 1071
 * @module
 */
import { IPV4_HEADER_BYTES, PROTOCOL_UDP, UDP_HEADER_BYTES } from './ip.ts';

/** Size of both headers. */
export const IPV4_UDP_HEADER_BYTES = IPV4_HEADER_BYTES + UDP_HEADER_BYTES;
const VERSION_AND_LENGTH = 0x45;
const DONT_FRAGMENT = 0x4000;
const TTL = 64;

/** Addresses and ports of a datagram. Addresses are 32-bit numbers: the four octets as one big-endian integer. */
export interface UdpFlow {
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Encodes a new packet, with a copy of the payload. */
export function encodeIpv4Udp(flow: UdpFlow, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(IPV4_UDP_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION_AND_LENGTH);
  view.setUint16(2, bytes.length);
  view.setUint16(6, DONT_FRAGMENT);
  view.setUint8(8, TTL);
  view.setUint8(9, PROTOCOL_UDP);
  view.setUint32(12, flow.source);
  view.setUint32(16, flow.destination);
  view.setUint16(10, internetChecksum(view));
  view.setUint16(20, flow.sourcePort);
  view.setUint16(22, flow.destinationPort);
  view.setUint16(24, bytes.length - IPV4_HEADER_BYTES);
  bytes.set(payload, IPV4_UDP_HEADER_BYTES);
  return bytes;
}

/**
 * Returns the payload of a packet of this flow as a view into `bytes`; `undefined` for any other packet. Never throws.
 */
export function decodeIpv4Udp(flow: UdpFlow, bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < IPV4_UDP_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(2);
  const ours =
    view.getUint8(0) === VERSION_AND_LENGTH &&
    length >= IPV4_UDP_HEADER_BYTES &&
    length <= bytes.length &&
    view.getUint8(9) === PROTOCOL_UDP &&
    internetChecksum(view) === 0 &&
    view.getUint32(12) === flow.source &&
    view.getUint32(16) === flow.destination &&
    view.getUint16(20) === flow.sourcePort &&
    view.getUint16(22) === flow.destinationPort &&
    view.getUint16(24) === length - IPV4_HEADER_BYTES;
  return ours ? bytes.subarray(IPV4_UDP_HEADER_BYTES, length) : undefined;
}

/** Checksum of the IPv4 header; 0 if the header includes its correct checksum. */
function internetChecksum(view: DataView): number {
  let sum = 0;
  for (let at = 0; at < IPV4_HEADER_BYTES; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
