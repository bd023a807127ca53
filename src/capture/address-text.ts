/**
 * Addresses that tables keep as words, as text.
 *
 * @module
 */
import { formatIp } from '../core/address.ts';
import { writeU32be } from '../core/bytes.ts';

/** @param words - 1 of IPv4, 4 of IPv6. @param wordAt - the words in network order, signed or not */
export function addressText(words: 1 | 4, wordAt: (i: number) => number): string {
  const octets = new Uint8Array(words * 4);
  for (let i = 0; i < words; i++) writeU32be(octets, i * 4, wordAt(i) >>> 0);
  return formatIp(octets);
}
