/**
 * The Internet checksum (RFC 1071).
 *
 * A sum is a 16-bit number in network order, with the carries added and not complemented. Sums of parts
 * that begin at an even octet may be added with `+` and folded once.
 *
 * @module
 */

/** Octets that one iteration of the loop adds. */
const ROUND = 32;

/**
 * The one's complement sum of a range. An odd length counts as if a zero octet followed.
 *
 * 32-bit words are added as doubles, which are exact up to 2^53, so that carries are handled only once at the
 * end: 0.11 µs for 1400 octets, compared with 0.16 µs in integers with separate sums of the upper halves.
 * Words are read as little-endian; the sum is the same after its octets are swapped (RFC 1071 §2 B).
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

/** Adds the carries of a sum of up to 32 bits to its low 16 bits (RFC 1071 §4.1). */
export function foldSum(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/**
 * The checksum of a range, as it is written to a header. The checksum field itself must be zero. The checksum
 * of a range that includes a correct checksum is zero.
 *
 * @param initialSum - sum of what the checksum covers besides the range: a pseudo-header
 */
export function checksum(view: DataView, at: number, length: number, initialSum = 0): number {
  return ~foldSum(initialSum + onesSum(view, at, length)) & 0xffff;
}

/**
 * The sum of the pseudo-header of TCP and UDP (RFC 9293 §3.1, RFC 8200 §8.1), not folded.
 *
 * @param ip - offset of the IP header
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
