/**
 * Formats IP addresses that a table stores as 32-bit words.
 *
 * @module
 */
import { formatIp } from '../core/address.ts';
import { writeU32be } from '../core/bytes.ts';

/**
 * Formats an IP address: dotted decimal for IPv4, RFC 5952 text for IPv6.
 *
 * @param words - number of 32-bit words: 1 for IPv4, 4 for IPv6
 * @param wordAt - returns word `i` in network order, signed or unsigned
 */
export function addressText(words: 1 | 4, wordAt: (i: number) => number): string {
  const octets = new Uint8Array(words * 4);
  for (let i = 0; i < words; i++) writeU32be(octets, i * 4, wordAt(i) >>> 0);
  return formatIp(octets);
}
