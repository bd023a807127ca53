/**
 * Addresses and address ranges as text: `10.0.0.0/24`, `fd00::/64`.
 *
 * @module
 */
import { parseIp } from '../core/address.ts';
import type { Prefix } from '../core/tunnel-config.ts';

/** Reads `address` or `address/bits`; without bits it is one address. Host bits are kept. `undefined` if it is none. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || ip.scope !== null || rest.length > 0) return undefined;
  const most = ip.octets.length * 8;
  if (length === undefined) return { octets: ip.octets, bits: most };
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return bits <= most ? { octets: ip.octets, bits } : undefined;
}

export function formatPrefix({ octets, bits }: Prefix): string {
  return `${formatIp(octets)}/${bits}`;
}

/** Formats 4 octets with dots, 16 as RFC 5952 wants them; an IPv4-mapped address ends in dots (§5). */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${octets.slice(12).join('.')}`;
  }
  const { start, length } = longestZeroRun(groups);
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return length < 2 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`;
}

/** Whether every address of `inner` is one of `outer`, whatever the host bits of either. */
export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  if (outer.octets.length !== inner.octets.length || outer.bits > inner.bits) return false;
  return outer.octets.every((octet, i) => {
    const mask = (0xff00 >>> Math.min(8, Math.max(0, outer.bits - 8 * i))) & 0xff;
    return ((octet ^ (inner.octets[i] ?? 0)) & mask) === 0;
  });
}

/** IPv4 first, then by address; where that is one, the wider first: a range comes before those within it. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.octets.length !== b.octets.length) return a.octets.length - b.octets.length;
  for (let i = 0; i < a.octets.length; i++) {
    const difference = (a.octets[i] ?? 0) - (b.octets[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.bits - b.bits;
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
