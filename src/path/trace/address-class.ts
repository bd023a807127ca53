/**
 * What an address on a path says by itself, and the TTL of its answers.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';

/** IPv4 ranges that are not of the Internet: first octets as a number, and the length of the prefix. */
const PRIVATE_V4: readonly (readonly [network: number, bits: number])[] = [
  // RFC 1918.
  [0x0a00_0000, 8],
  [0xac10_0000, 12],
  [0xc0a8_0000, 16],
  // RFC 6598: carrier-grade NAT.
  [0x6440_0000, 10],
  // RFC 3927: link-local.
  [0xa9fe_0000, 16],
];
/** TTLs with which systems begin their answers (Linux and BSD 64, Windows 128, many routers 255). */
const FIRST_TTLS = [64, 128, 255];

/** Whether an address is of a private range (RFC 1918, 6598, 3927, 4193) or link-local. */
export function isPrivateAddress(address: string): boolean {
  const ip = parseIp(address);
  if (!ip) return false;
  const [a = 0, b = 0, c = 0, d = 0] = ip.octets;
  if (ip.family === 6) return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  const number = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return PRIVATE_V4.some(
    ([network, bits]) => Math.floor(number / 2 ** (32 - bits)) === Math.floor(network / 2 ** (32 - bits)),
  );
}

/**
 * The number of hops that an answer took back, guessed: its TTL is taken to have begun at the least usual value that is
 * not smaller. 1 is a neighbour.
 */
export function guessReturnHops(replyTtl: number | null): number | null {
  if (replyTtl === null || replyTtl < 1) return null;
  const first = FIRST_TTLS.find((ttl) => ttl >= replyTtl);
  return first === undefined ? null : first - replyTtl + 1;
}
