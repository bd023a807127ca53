/**
 * The routes for AllowedIPs, as wg-quick(8) sets them.
 *
 * @module
 */
import type { Prefix } from '../../core/shapes/tunnel-config.ts';
import type { TunnelConfig } from '../config/config.ts';
import { containsPrefix, formatPrefix } from '../prefix.ts';
import { maskPrefix } from '../wireguard/allowed-ips.ts';

/**
 * Ranges of all peers, each once, the narrowest first, without those that the addresses of the device already cover.
 */
export function routedPrefixes({ interface: device, peers }: TunnelConfig): readonly Prefix[] {
  const own = usesMainTable(device.table) ? device.addresses.map(maskPrefix).filter(hasNetwork) : [];
  const ranges = new Map<string, Prefix>();
  for (const { sign, prefix } of peers.flatMap(({ allowedIps }) => allowedIps)) {
    const text = formatPrefix(prefix);
    if (sign === '-') ranges.delete(text);
    else ranges.set(text, prefix);
  }
  return [...ranges.values()]
    .filter((range) => range.bits === 0 || !own.some((network) => containsPrefix(network, range)))
    .sort((a, b) => b.bits - a.bits);
}

/** Whether a range is 0.0.0.0/0 or ::/0. */
export function isDefaultRoute({ bits }: Prefix): boolean {
  return bits === 0;
}

/** Whether routes go to the main table: the configuration names no other one. */
export function usesMainTable(table: string | null): boolean {
  return table === null || table === 'auto';
}

/** The kernel adds a route for the network of an IPv4 address unless it is a /32, and for any IPv6 address. */
function hasNetwork({ octets, bits }: Prefix): boolean {
  return octets.length === 16 || bits < 32;
}
