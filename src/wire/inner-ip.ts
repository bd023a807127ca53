/**
 * The fields of an IP packet (RFC 791 §3.1, RFC 8200 §3) that a tunnel looks at, read in place.
 *
 * `innerLength` is the check; the others trust that it was made.
 *
 * @module
 */
import { readU16be, writeU16be } from '../core/bytes.ts';
import { adjustChecksum } from './checksum.ts';

export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

export const IPV4_HEADER_BYTES = 20;
export const IPV6_HEADER_BYTES = 40;

const IPV4_CHECKSUM = 10;

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
    const length = readU16be(bytes, at + 2);
    const headerBytes = ipHeaderBytes(bytes, at);
    return headerBytes >= IPV4_HEADER_BYTES && length >= headerBytes && length <= available ? length : -1;
  }
  if (version !== 6) return -1;
  const length = IPV6_HEADER_BYTES + readU16be(bytes, at + 4);
  return length <= available ? length : -1;
}

/** Octets of the IP header: IPv4 with its options, IPv6 without extension headers. */
export function ipHeaderBytes(bytes: Uint8Array, at: number): number {
  return ipVersion(bytes, at) === 4 ? ((bytes[at] ?? 0) & 0x0f) << 2 : IPV6_HEADER_BYTES;
}

/** IPv4: protocol. IPv6: the first next header, be it an extension. */
export function ipProtocol(bytes: Uint8Array, at: number): number {
  return bytes[ipVersion(bytes, at) === 4 ? at + 9 : at + 6] ?? 0;
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
