/**
 * Groups the counts of a capture by pairs of peers, for the report.
 *
 * @module
 */
import type { WireguardReport } from '../documents/capture-wireguard.ts';
import { timeOrNull } from './or-null.ts';
import type { Fragments } from './path/fragments.ts';
import { type ObservedHandshake, type PeerPair, SIZE_FIELDS } from './peer-pair.ts';
import { peerReport } from './peer-report.ts';

/** Pairs of peers that are reported one by one: those with the most octets. */
const MAX_PAIRS = 1000;

/** What the analysis has collected, as input of a report. */
export interface WireguardFacts {
  readonly pairs: readonly PeerPair[];
  readonly handshakes: readonly ObservedHandshake[];
  readonly fragments: Fragments;
  readonly messages: WireguardReport['messages'];
  /** Messages that were counted, but for whose path, stream or handshake there was no room. */
  readonly notFollowed: number;
  /** Time of the last packet; NaN without times. */
  readonly endNs: number;
}

/** Makes the report on all WireGuard messages of a capture, the pairs of peers with the most octets first. */
export function wireguardReport(facts: WireguardFacts): WireguardReport {
  const groups = new Map<PeerPair, { readonly members: PeerPair[]; readonly handshakes: ObservedHandshake[] }>();
  for (const pair of facts.pairs) {
    const group = groups.get(pair.root);
    if (group === undefined) groups.set(pair.root, { members: [pair], handshakes: [] });
    else group.members.push(pair);
  }
  for (const handshake of facts.handshakes) groups.get(handshake.path.pair.root)?.handshakes.push(handshake);
  // A report is large, so only those that are listed are made.
  const heaviest = [...groups]
    .map(([root, group]) => ({ root, ...group, weight: weightOf(group.members) }))
    .sort((one, other) => other.weight - one.weight);
  return {
    basis: 'keyless',
    messages: facts.messages,
    capture_end_ns: timeOrNull(facts.endNs),
    peers: heaviest
      .slice(0, MAX_PAIRS)
      .map(({ root, members, handshakes }, i) => peerReport(i + 1, root, members, handshakes, facts.fragments)),
    peers_not_listed: Math.max(0, heaviest.length - MAX_PAIRS),
    messages_not_followed: facts.notFollowed,
    has_later_fragments: facts.fragments.hasLater,
  };
}

/** Outer octets of data messages, plus the number of handshake messages. */
function weightOf(members: readonly PeerPair[]): number {
  let weight = 0;
  for (const { paths } of members) {
    for (const { sizes, handshakeMessages } of paths) {
      weight += handshakeMessages;
      for (let i = 1; i < sizes.length; i += SIZE_FIELDS) weight += sizes[i] ?? 0;
    }
  }
  return weight;
}
