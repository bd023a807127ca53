/**
 * The sizes that a search for the path MTU tries, in octets of IP packet.
 *
 * Links with the MTUs of the list are common, so most searches end with a few of them. What is between two of them is
 * found by dividing the rest into equal parts.
 *
 * @module
 */

/**
 * MTUs of links that are often on a path: 576 (RFC 791, dial-up), 1280 (RFC 8200), 1492 (PPPoE, RFC 2516), 1500
 * (Ethernet), 4352 (FDDI, RFC 1191), 9000 (jumbo frames), 65535 (the largest IPv4 packet). The others are tunnels over
 * links of 1500: 1420 and 1440 WireGuard, 1450 VXLAN, 1476 GRE, 1480 IPIP and 6in4; 1400, 1412 and 1460 are those of
 * clouds and of mobile networks; 8920 and 8951 tunnels over 9000.
 */
const COMMON = [
  576, 1200, 1280, 1340, 1380, 1400, 1412, 1420, 1440, 1450, 1460, 1476, 1480, 1492, 1500, 4352, 8920, 8951, 9000, 9216,
  16_384, 32_768, 65_535,
] as const;

/** The common sizes above `passed` and below `failed`, ascending. `most`, the largest that is wanted, is one of them. */
export function commonSizes(passed: number, failed: number, most: number): readonly number[] {
  const within = COMMON.filter((size) => size > passed && size < failed && size < most);
  return most > passed && most < failed ? [...within, most] : within;
}

/** Takes at most `count` of a list at equal distances, its last always among them. */
export function spread(sizes: readonly number[], count: number): readonly number[] {
  if (sizes.length <= count) return sizes;
  if (count === 1) return sizes.slice(sizes.length >> 1, (sizes.length >> 1) + 1);
  return Array.from({ length: count }, (_, i) => sizes[Math.ceil(((i + 1) * sizes.length) / count) - 1] ?? 0);
}

/** Divides what is between `passed` and `failed` with at most `count` sizes; all of them if there are no more. */
export function between(passed: number, failed: number, count: number): readonly number[] {
  const open = failed - passed - 1;
  const sizes = Math.min(count, open);
  return Array.from({ length: sizes }, (_, i) => passed + Math.round(((i + 1) * (open + 1)) / (sizes + 1)));
}
