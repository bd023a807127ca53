/**
 * Puts what was counted together by peers.
 *
 * @module
 */
import type { WireguardReport } from '../documents/capture-report.ts';
import { timeOrNull } from './or-null.ts';
import type { Fragments } from './path/fragments.ts';
import { type Exchange, type Peer, SIZE_FIELDS } from './peer.ts';
import { peerReport } from './peer-report.ts';

/** Peers that are reported one by one. */
const MAX_PEERS = 1000;

export interface WireguardFacts {
  readonly peers: readonly Peer[];
  readonly exchanges: readonly Exchange[];
  readonly fragments: Fragments;
  readonly messages: WireguardReport['messages'];
  readonly notFollowed: number;
  /** NaN without times. */
  readonly endNs: number;
}

export function wireguardReport(facts: WireguardFacts): WireguardReport {
  const groups = new Map<Peer, { readonly members: Peer[]; readonly exchanges: Exchange[] }>();
  for (const peer of facts.peers) {
    const group = groups.get(peer.root);
    if (group === undefined) groups.set(peer.root, { members: [peer], exchanges: [] });
    else group.members.push(peer);
  }
  for (const exchange of facts.exchanges) groups.get(exchange.path.peer.root)?.exchanges.push(exchange);
  // Reports are large: only those that are shown are made.
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

/** Octets outside of data messages, and how many handshake messages. */
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
