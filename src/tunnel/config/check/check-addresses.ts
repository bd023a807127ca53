/**
 * Compares the addresses of the device with the ranges of the peers.
 *
 * @module
 */
import { formatIp } from '../../../core/address.ts';
import type { Prefix } from '../../../core/shapes/tunnel-config.ts';
import { containsPrefix, formatPrefix } from '../../prefix.ts';
import { isMissing, lineOf } from '../lines.ts';
import { peerRanges } from './check-ranges.ts';
import type { Check } from './facts.ts';

/** Addresses that are compared, to bound the time: there may be many ranges. Real devices have few addresses. */
const MOST_ADDRESSES = 64;

/** Reports an address that is also a peer's, and an address whose network no peer has. */
export const checkAddresses: Check = (checked) => {
  const { config, lines } = checked;
  const claims = peerRanges(checked);
  const losesRanges = lines.losesPeers || lines.peers.some((peer) => !isMissing(peer, 'AllowedIPs'));
  return config.interface.addresses.slice(0, MOST_ADDRESSES).flatMap((address, i): ReturnType<Check> => {
    const at = { line: lineOf(lines.interface, 'Address', i), key: 'Address' } as const;
    const own = wholeLength(address);
    const taken = claims.find(({ prefix }) => prefix.bits === own.bits && containsPrefix(prefix, own));
    if (taken) {
      const message = `${formatIp(own.octets)} is also the address of a peer, on line ${taken.owner.line}`;
      return [{ ...at, severity: 'warning', message, fix: 'give this end and the peer different addresses' }];
    }
    const near = claims.some(({ prefix }) => containsPrefix(prefix, own) || containsPrefix(address, prefix));
    if (near || claims.length === 0 || losesRanges) return [];
    const message = `no peer has a range in ${formatPrefix(address)} or around it: nothing in the tunnel answers there`;
    return [{ ...at, severity: 'info', message, fix: 'compare Address with the AllowedIPs of the peers' }];
  });
};

function wholeLength({ octets }: Prefix): Prefix {
  return { octets, bits: octets.length * 8 };
}
