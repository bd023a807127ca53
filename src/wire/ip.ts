/**
 * Field offsets and header sizes of IPv4 (RFC 791 §3.1), IPv6 (RFC 8200 §3) and UDP (RFC 768), and readers of the
 * fields that a tunnel needs.
 *
 * Check a packet with `innerLength` before calling the other functions: they do not check lengths.
 *
 * @module
 */
import { readU16be, writeU16be } from '../core/bytes.ts';
import { adjustChecksum } from './checksum.ts';

/** ICMP for IPv4. Protocol numbers: https://www.iana.org/assignments/protocol-numbers */
export const PROTOCOL_ICMP = 1;
/** TCP. */
export const PROTOCOL_TCP = 6;
/** UDP. */
export const PROTOCOL_UDP = 17;
/** Fragment header of IPv6 (RFC 8200 §4.5). */
export const PROTOCOL_FRAGMENT = 44;
/** ICMP for IPv6. */
export const PROTOCOL_ICMPV6 = 58;
/** No next header (RFC 8200 §4.7): nothing follows. */
export const PROTOCOL_NONE = 59;

/** IPv4 header without options. */
export const IPV4_HEADER_BYTES = 20;
/** IPv6 header without extension headers. */
export const IPV6_HEADER_BYTES = 40;
/** Fragment header of IPv6 (RFC 8200 §4.5). */
export const FRAGMENT_HEADER_BYTES = 8;
/** UDP header. */
export const UDP_HEADER_BYTES = 8;
/** TCP header without options (RFC 9293 §3.1). */
export const TCP_HEADER_BYTES = 20;
/**
 * Largest UDP payload that can be sent over both families. The length fields are 16 bits, and with UDP_SEGMENT Linux
 * includes the IPv6 header in this limit.
 */
export const MAX_UDP_PAYLOAD_BYTES = 65_535 - IPV6_HEADER_BYTES - UDP_HEADER_BYTES;

/** Offset of the total length (2 octets): header and payload. */
export const IPV4_TOTAL_LENGTH = 2;
/** Offset of the identification (2 octets), which fragments of one packet share. */
export const IPV4_IDENTIFICATION = 4;
/** Offset of flags and fragment offset (2 octets). */
export const IPV4_FRAGMENT = 6;
/** Offset of the time to live (1 octet). */
export const IPV4_TTL = 8;
/** Offset of the protocol (1 octet). */
export const IPV4_PROTOCOL = 9;
/** Offset of the header checksum (2 octets). */
export const IPV4_CHECKSUM = 10;
/** Offset of the source address (4 octets). */
export const IPV4_SOURCE = 12;
/** Offset of the destination address (4 octets). */
export const IPV4_DESTINATION = 16;

/** Offset of the payload length (2 octets), which includes extension headers. */
export const IPV6_PAYLOAD_LENGTH = 4;
/** Offset of the next header (1 octet). */
export const IPV6_NEXT_HEADER = 6;
/** Offset of the hop limit (1 octet). */
export const IPV6_HOP_LIMIT = 7;
/** Offset of the source address (16 octets). */
export const IPV6_SOURCE = 8;
/** Offset of the destination address (16 octets). */
export const IPV6_DESTINATION = 24;

/** Offset of the length (2 octets) in the UDP header: header and payload. */
export const UDP_LENGTH = 4;
/** Offset of the checksum (2 octets) in the UDP header. */
export const UDP_CHECKSUM = 6;

/** The first four bits: 4, 6, or another number if the packet is not IP. */
export function ipVersion(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) >>> 4;
}

/**
 * Checks the header of the packet at `at` and returns its length in octets by that header, without padding after it.
 *
 * @param available - octets from `at` to the end of the data
 * @returns -1 if it is neither IPv4 nor IPv6, if its lengths contradict each other, or if it exceeds `available`
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

/** Size of the IP header: IPv4 with options, IPv6 without extension headers. */
export function ipHeaderBytes(bytes: Uint8Array, at: number): number {
  return ipVersion(bytes, at) === 4 ? ((bytes[at] ?? 0) & 0x0f) << 2 : IPV6_HEADER_BYTES;
}

/** IPv4: protocol. IPv6: the first next header, which may be an extension header. */
export function ipProtocol(bytes: Uint8Array, at: number): number {
  return bytes[ipVersion(bytes, at) === 4 ? at + IPV4_PROTOCOL : at + IPV6_NEXT_HEADER] ?? 0;
}

/** IPv4 TOS or IPv6 traffic class: DSCP and ECN (RFC 2474 §3, RFC 3168 §5). */
export function trafficClass(bytes: Uint8Array, at: number): number {
  if (ipVersion(bytes, at) === 4) return bytes[at + 1] ?? 0;
  return (readU16be(bytes, at) >>> 4) & 0xff;
}

/** The two ECN bits (RFC 3168 §5). */
export function readEcn(bytes: Uint8Array, at: number): number {
  return trafficClass(bytes, at) & 3;
}

/** Sets the ECN bits and, for IPv4, updates the header checksum incrementally: a wrong one stays wrong. */
export function writeEcn(bytes: Uint8Array, at: number, ecn: number): void {
  const oldWord = readU16be(bytes, at);
  if (ipVersion(bytes, at) === 6) return writeU16be(bytes, at, (oldWord & 0xffcf) | (ecn << 4));
  const newWord = (oldWord & 0xfffc) | ecn;
  writeU16be(bytes, at, newWord);
  writeU16be(bytes, at + IPV4_CHECKSUM, adjustChecksum(readU16be(bytes, at + IPV4_CHECKSUM), oldWord, newWord));
}
