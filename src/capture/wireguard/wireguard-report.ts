/**
 * Groups the counts of a capture by pairs of peers, for the report.
 *
 * @module
 */
import type { WireguardReport } from '../documents/capture-report.ts';
import { timeOrNull } from './or-null.ts';
import type { Fragments } from './path/fragments.ts';
import { type Exchange, type Peer, SIZE_FIELDS } from './peer.ts';
import { peerReport } from './peer-report.ts';

/** Pairs of peers that are reported one by one: those with the most octets. */
const MAX_PEERS = 1000;

/** What the analysis has collected, as input of a report. */
export interface WireguardFacts {
  readonly peers: readonly Peer[];
  readonly exchanges: readonly Exchange[];
  readonly fragments: Fragments;
  readonly messages: WireguardReport['messages'];
  /** Messages that were counted, but for whose path, lane or handshake there was no room. */
  readonly notFollowed: number;
  /** Time of the last packet; NaN without times. */
  readonly endNs: number;
}

/** Makes the report on all WireGuard messages of a capture, the pairs of peers with the most octets first. */
export function wireguardReport(facts: WireguardFacts): WireguardReport {
  const groups = new Map<Peer, { readonly members: Peer[]; readonly exchanges: Exchange[] }>();
  for (const peer of facts.peers) {
    const group = groups.get(peer.root);
    if (group === undefined) groups.set(peer.root, { members: [peer], exchanges: [] });
    else group.members.push(peer);
  }
  for (const exchange of facts.exchanges) groups.get(exchange.path.peer.root)?.exchanges.push(exchange);
  // A report is large, so only those that are listed are made.
  const heaviest = [...groups]
    .map(([root, group]) => ({ root, ...group, weight: weightOf(group.members) }))
    .sort((one, other) => other.weight - one.weight);
  return {
    basis: 'keyless',
    messages: facts.messages,
    capture_end_ns: timeOrNull(facts.endNs),
    peers: heaviest
      .slice(0, MAX_PEERS)
      .map(({ root, members, exchanges }, i) => peerReport(i + 1, root, members, exchanges, facts.fragments)),
    peers_not_listed: Math.max(0, heaviest.length - MAX_PEERS),
    messages_not_followed: facts.notFollowed,
    has_later_fragments: facts.fragments.hasLater,
  };
}

/** Outer octets of data messages, plus the number of handshake messages. */
function weightOf(members: readonly Peer[]): number {
  let weight = 0;
  for (const { paths } of members) {
    for (const { sizes, handshakes } of paths) {
      weight += handshakes;
      for (let i = 1; i < sizes.length; i += SIZE_FIELDS) weight += sizes[i] ?? 0;
    }
  }
  return weight;
}
