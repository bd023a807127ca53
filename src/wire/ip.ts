/**
 * Where the fields of IPv4 (RFC 791 §3.1), IPv6 (RFC 8200 §3) and UDP (RFC 768) stand, how long their headers are, and
 * those fields that a tunnel looks at, read in place.
 *
 * `innerLength` is the check; the others trust that it was made.
 *
 * @module
 */
import { readU16be, writeU16be } from '../core/bytes.ts';
import { adjustChecksum } from './checksum.ts';

/** https://www.iana.org/assignments/protocol-numbers */
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_FRAGMENT = 44;
export const PROTOCOL_ICMPV6 = 58;
export const PROTOCOL_NONE = 59;

/** Without options, which IPv4 and TCP may have. */
export const IPV4_HEADER_BYTES = 20;
export const IPV6_HEADER_BYTES = 40;
export const FRAGMENT_HEADER_BYTES = 8;
export const UDP_HEADER_BYTES = 8;
export const TCP_HEADER_BYTES = 20;
/**
 * Most octets of a UDP datagram that is sent over either family: its length and those of both IP headers are 16 bits,
 * and Linux counts the header of IPv6 in for datagrams that it cuts apart (UDP_SEGMENT).
 */
export const MAX_UDP_PAYLOAD_BYTES = 65_535 - IPV6_HEADER_BYTES - UDP_HEADER_BYTES;

export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_IDENTIFICATION = 4;
export const IPV4_FRAGMENT = 6;
export const IPV4_TTL = 8;
export const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;

export const IPV6_PAYLOAD_LENGTH = 4;
export const IPV6_NEXT_HEADER = 6;
export const IPV6_HOP_LIMIT = 7;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;

export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;

/** 4, 6, or what else the first four bits say. */
export function ipVersion(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) >>> 4;
}

/**
 * Octets of the packet by its own header, without what padding may follow.
 *
 * @param available - octets there are
 * @returns -1 for what is neither IPv4 nor IPv6, or does not fit in them
 */
export function innerLength(bytes: Uint8Array, at: number, available: number): number {
  if (available < IPV4_HEADER_BYTES) return -1;
  const version = ipVersion(bytes, at);
  if (version === 4) {
    const length = readU16be(bytes, at + IPV4_TOTAL_LENGTH);
    const headerBytes = ipHeaderBytes(bytes, at);
    return headerBytes >= IPV4_HEADER_BYTES && length >= headerBytes && length <= available ? length : -1;
  }
  if (version !== 6) return -1;
  const length = IPV6_HEADER_BYTES + readU16be(bytes, at + IPV6_PAYLOAD_LENGTH);
  return length <= available ? length : -1;
}

/** Octets of the IP header: IPv4 with its options, IPv6 without extension headers. */
export function ipHeaderBytes(bytes: Uint8Array, at: number): number {
  return ipVersion(bytes, at) === 4 ? ((bytes[at] ?? 0) & 0x0f) << 2 : IPV6_HEADER_BYTES;
}

/** IPv4: protocol. IPv6: the first next header, be it an extension. */
export function ipProtocol(bytes: Uint8Array, at: number): number {
  return bytes[ipVersion(bytes, at) === 4 ? at + IPV4_PROTOCOL : at + IPV6_NEXT_HEADER] ?? 0;
}

/** DSCP and ECN (RFC 2474 §3, RFC 3168 §5). */
export function trafficClass(bytes: Uint8Array, at: number): number {
  if (ipVersion(bytes, at) === 4) return bytes[at + 1] ?? 0;
  return (readU16be(bytes, at) >>> 4) & 0xff;
}

export function readEcn(bytes: Uint8Array, at: number): number {
  return trafficClass(bytes, at) & 3;
}

/** Sets ECN and, in IPv4, mends the header checksum: a wrong one stays wrong. */
export function writeEcn(bytes: Uint8Array, at: number, ecn: number): void {
  const oldWord = readU16be(bytes, at);
  if (ipVersion(bytes, at) === 6) return writeU16be(bytes, at, (oldWord & 0xffcf) | (ecn << 4));
  const newWord = (oldWord & 0xfffc) | ecn;
  writeU16be(bytes, at, newWord);
  writeU16be(bytes, at + IPV4_CHECKSUM, adjustChecksum(readU16be(bytes, at + IPV4_CHECKSUM), oldWord, newWord));
}
