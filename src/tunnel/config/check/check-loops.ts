/**
 * Finds endpoints within a range that is routed into the tunnel: the encrypted packets would be routed
 * into the tunnel again.
 *
 * wg-quick(8) prevents this only for default routes, by policy routing with a mark. With `Table = off` or
 * another table it does not prevent it at all.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import { formatPrefix } from '../../prefix.ts';
import { AllowedIps } from '../../wireguard/allowed-ips.ts';
import { lineOf } from '../lines.ts';
import { peerRanges } from './check-ranges.ts';
import type { Check } from './facts.ts';

/** Reports endpoints whose packets would be routed into a tunnel. */
export const checkLoops: Check = (checked, { endpoints = [] }) => {
  const { config, lines } = checked;
  const { table, fwmark } = config.interface;
  const automatic = table === null || table === 'auto';
  // A mark together with another table: the user sets up policy routing.
  if (!automatic && fwmark) return [];
  const ranges = new AllowedIps<ReturnType<typeof peerRanges>[number]>();
  for (const owned of peerRanges(checked)) ranges.insert(owned.prefix, owned);

  return config.peers.flatMap(({ endpoint }, i): ReturnType<Check> => {
    const ip = parseIp(endpoints[i]?.address ?? endpoint?.host ?? '');
    const owned = ip && ranges.lookup(ip.family, ip.octets, 0);
    if (!owned || (automatic && owned.prefix.bits === 0)) return [];
    const at = { line: lineOf(lines.peers[i], 'Endpoint'), key: 'Endpoint' } as const;
    const range = `${formatPrefix(owned.prefix)} (line ${owned.owner.line})`;
    if (owned.owner.peer !== i) {
      const message = `lies in ${range} of another peer: a tunnel within a tunnel, if that range is routed here`;
      return [{ ...at, severity: 'info', message, fix: 'take 80 off MTU once more, or narrow that range' }];
    }
    const reason = automatic
      ? 'only default routes (/0) are guarded against that'
      : `with Table = ${table} nothing guards against that`;
    const fix = automatic
      ? 'leave the endpoint out of AllowedIPs, or use 0.0.0.0/0 and ::/0'
      : 'add a route to the endpoint outside the tunnel, or set FwMark with rules of your own';
    return [
      {
        ...at,
        severity: 'warning',
        message: `lies in ${range}: encrypted packets would enter the tunnel again; ${reason}`,
        fix,
      },
    ];
  });
};
