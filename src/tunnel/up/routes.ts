/**
 * The routes that AllowedIPs ask for, as wg-quick(8) makes them.
 *
 * @module
 */
import type { Prefix } from '../../core/shapes/tunnel-config.ts';
import type { TunnelConfig } from '../config/config.ts';
import { containsPrefix, formatPrefix } from '../prefix.ts';
import { maskPrefix } from '../wireguard/allowed-ips.ts';

/** Ranges of all peers, each once, the narrowest first. Those that an address of the device routes already are left out. */
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

export function isDefaultRoute({ bits }: Prefix): boolean {
  return bits === 0;
}

/** A table of the user's own has no routes yet. */
export function usesMainTable(table: string | null): boolean {
  return table === null || table === 'auto';
}

/** The kernel makes a route for an address that has neighbours, and for any of IPv6. */
function hasNetwork({ octets, bits }: Prefix): boolean {
  return octets.length === 16 || bits < 32;
}
