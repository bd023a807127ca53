/**
 * Finds AllowedIPs that overlap a network which this host reaches without the tunnel, for example if the home
 * networks of both ends have the same addresses.
 *
 * @module
 */
import { formatPrefix } from '../../prefix.ts';
import { maskPrefix } from '../../wireguard/allowed-ips.ts';
import { type PeerRange, peerRanges } from './check-ranges.ts';
import type { Check, LocalRoute } from './facts.ts';
import { quotedValue } from './finding.ts';
import { type NestedPrefix, nestPrefixes } from './prefix-nesting.ts';

type Claim = LocalRoute | PeerRange;
type Range = NestedPrefix<Claim>;

const FIX = 'renumber one of the two networks, or narrow AllowedIPs';

/** Reports ranges that overlap local networks. */
export const checkLocalRoutes: Check = (checked, { localRoutes = [] }) => {
  // Default routes contain all addresses, which is intended.
  const routes = localRoutes.filter(({ prefix }) => prefix.bits > 0);
  if (routes.length === 0) return [];
  const local = routes.map((route) => ({ prefix: maskPrefix(route.prefix), owner: route }));
  const claimed = peerRanges(checked).filter(({ prefix }) => prefix.bits > 0);
  // Sorting is stable, so local routes are the first owners of a range.
  return nestPrefixes<Claim>([...local, ...claimed]).flatMap((range) => [...inTheWay(range), ...leftOut(range)]);
};

/** Findings for a peer's range that is a local network, or part of one. */
function inTheWay(range: Range): ReturnType<Check> {
  const same = localOwner(range);
  const route = same ?? nearest(range, localOwner);
  if (!route) return [];
  const text = formatPrefix(range.prefix);
  const message = `${text} is ${same ? '' : 'part of '}a network that this host reaches by ${quotedValue(route.device)}`;
  return range.owners.flatMap((owner) =>
    'line' in owner ? [{ line: owner.line, key: 'AllowedIPs', severity: 'warning', message, fix: FIX } as const] : [],
  );
}

/** Findings for a local network within a wider range of a peer. */
function leftOut(range: Range): ReturnType<Check> {
  const route = localOwner(range);
  const peer = route && !peerOwner(range) ? nearest(range, peerOwner) : undefined;
  if (!route || !peer) return [];
  const text = formatPrefix(range.prefix);
  const message = `holds ${text}, which this host reaches by ${quotedValue(route.device)} and not by the tunnel`;
  return [{ line: peer.line, key: 'AllowedIPs', severity: 'info', message, fix: FIX }];
}

function localOwner({ owners: [first] }: Range): LocalRoute | undefined {
  return first && 'device' in first ? first : undefined;
}

function peerOwner({ owners }: Range): PeerRange | undefined {
  const last = owners.at(-1);
  return last && 'line' in last ? last : undefined;
}

function nearest<T>(range: Range, find: (range: Range) => T | undefined): T | undefined {
  for (let wider = range.around; wider !== null; wider = wider.around) {
    const found = find(wider);
    if (found) return found;
  }
  return undefined;
}
