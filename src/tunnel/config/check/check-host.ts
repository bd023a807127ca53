/**
 * Findings that depend on this host: endpoint names that do not resolve, tools that are not installed, and the name of
 * the file.
 *
 * @module
 */
import type { HostWarning } from '../../up/host-warnings.ts';
import type { TunnelConfig } from '../config.ts';
import { type ConfigLines, lineOf } from '../lines.ts';
import type { Check } from './facts.ts';

/** Reports the warnings of `hostWarnings`, unresolved endpoints, and a file name that is not a device name. */
export const checkHost: Check = (
  { config, lines },
  { hostWarnings = [], unresolved = new Map(), isDeviceName = true, routingTables },
) => [
  ...hostWarnings.map((warning) => ({
    ...warning,
    line: lineOfWarning(lines, warning.key),
    severity: 'warning' as const,
  })),
  ...config.peers.flatMap(({ endpoint }, i) => {
    const reason = endpoint && unresolved.get(endpoint.host);
    if (!endpoint || reason === undefined || reason === null) return [];
    const at = { line: lineOf(lines.peers[i], 'Endpoint'), key: 'Endpoint', severity: 'warning' } as const;
    const message = `the name ${endpoint.host} does not resolve (${reason})`;
    return [{ ...at, message, fix: 'correct it, write an address, or look at the resolver of this host' }];
  }),
  ...(routingTables === undefined || hasTable(config, routingTables)
    ? []
    : [
        {
          line: lineOf(lines.interface, 'Table'),
          key: 'Table' as const,
          severity: 'warning' as const,
          message: `this host has no routing table called "${config.interface.table}", so routes into it fail`,
          fix: 'write its number, "off" or "auto", or add it to /etc/iproute2/rt_tables',
        },
      ]),
  ...(isDeviceName || lines.interface.heading === 0
    ? []
    : [
        {
          line: 0,
          key: null,
          severity: 'warning' as const,
          message: 'the name of the file is none of a device, so up does not take it',
          fix: 'call it NAME.conf, with 1 to 15 of letters, digits and _=+.- for NAME',
        },
      ]),
];

function lineOfWarning(lines: ConfigLines, key: HostWarning['key'] | null): number {
  if (key === null) return 0;
  return lineOf(key === 'AllowedIPs' ? lines.peers[0] : lines.interface, key);
}

function hasTable({ interface: { table, preUp } }: TunnelConfig, names: readonly string[]): boolean {
  // A PreUp may add it.
  if (table === null || table === 'auto' || table === 'off' || preUp.length > 0) return true;
  return /^(?:\d+|0x[0-9a-f]+)$/i.test(table) || names.includes(table);
}
