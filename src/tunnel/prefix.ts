/**
 * IP address ranges (prefixes): text such as `10.0.0.0/24` and `fd00::/64`, containment and order.
 *
 * @module
 */
import { formatIp, parseIp } from '../core/address.ts';
import type { Prefix } from '../core/shapes/tunnel-config.ts';

/** Parses `address/bits`, or `address` for a single address. Host bits are kept. `undefined` for anything else. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || ip.scope !== null || rest.length > 0) return undefined;
  const most = ip.octets.length * 8;
  if (length === undefined) return { octets: ip.octets, bits: most };
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return bits <= most ? { octets: ip.octets, bits } : undefined;
}

/** Formats a prefix as `address/bits`. */
export function formatPrefix({ octets, bits }: Prefix): string {
  return `${formatIp(octets)}/${bits}`;
}

/** Whether `outer` contains all addresses of `inner`. Host bits of both are ignored. */
export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  if (outer.octets.length !== inner.octets.length || outer.bits > inner.bits) return false;
  return outer.octets.every((octet, i) => {
    const mask = (0xff00 >>> Math.min(8, Math.max(0, outer.bits - 8 * i))) & 0xff;
    return ((octet ^ (inner.octets[i] ?? 0)) & mask) === 0;
  });
}

/**
 * Order for sorting: IPv4 first, then by address, then the wider range first, so that a range precedes those within it.
 */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.octets.length !== b.octets.length) return a.octets.length - b.octets.length;
  for (let i = 0; i < a.octets.length; i++) {
    const difference = (a.octets[i] ?? 0) - (b.octets[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.bits - b.bits;
}
