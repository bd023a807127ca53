/**
 * Finds AllowedIPs that overlap.
 *
 * A range belongs to one peer: the last one that has it. A narrower range takes precedence over a wider
 * one (whitepaper §2).
 *
 * @module
 */
import type { Prefix } from '../../../core/shapes/tunnel-config.ts';
import { formatPrefix } from '../../prefix.ts';
import { lineOf } from '../lines.ts';
import type { Check, CheckedConfig } from './facts.ts';
import { type NestedPrefix, nestPrefixes } from './prefix-nesting.ts';

type Findings = ReturnType<Check>;
/** A range of a peer: index of the peer in the file, and line of the range. */
export interface PeerRange {
  readonly peer: number;
  readonly line: number;
}

/** Reports ranges that several peers have, repeated ranges, and ranges within those of other peers. */
export const checkRanges: Check = (checked) => {
  const ranges = nestPrefixes(peerRanges(checked));
  return [...ranges.flatMap(repeated), ...shadowed(ranges)];
};

/** All ranges of all peers with their lines, without those with the sign `-`. */
export function peerRanges({ config, lines }: CheckedConfig): { prefix: Prefix; owner: PeerRange }[] {
  return config.peers.flatMap(({ allowedIps }, peer) =>
    allowedIps.flatMap(({ sign, prefix }, i) =>
      sign === '-' ? [] : [{ prefix, owner: { peer, line: lineOf(lines.peers[peer], 'AllowedIPs', i) } as const }],
    ),
  );
}

function repeated({ prefix, owners }: NestedPrefix<PeerRange>): Findings {
  const last = owners.at(-1);
  if (!last) return [];
  const text = formatPrefix(prefix);
  return owners.slice(0, -1).map(({ peer, line }) =>
    peer === last.peer
      ? {
          line,
          key: 'AllowedIPs',
          severity: 'info',
          message: `${text} is there twice`,
          fix: `remove one, here or on line ${last.line}`,
        }
      : {
          line,
          key: 'AllowedIPs',
          severity: 'warning',
          message: `${text} goes to the peer with line ${last.line}, the last to claim it; this peer does not get it`,
          fix: 'give each peer its own range, such as a /32 for one address',
        },
  );
}

/** One finding for a range, even with many narrower ranges of other peers in it, as hubs have. */
function shadowed(nested: readonly NestedPrefix<PeerRange>[]): Findings {
  const inside = new Map<NestedPrefix<PeerRange>, PeerRange[]>();
  for (const { owners, around } of nested) {
    const [owner, wider] = [owners.at(-1), around?.owners.at(-1)];
    if (!around || !owner || !wider || owner.peer === wider.peer) continue;
    const claims = inside.get(around);
    if (claims) claims.push(owner);
    else inside.set(around, [owner]);
  }
  return [...inside].flatMap(([{ prefix, owners }, [first, ...more]]) => {
    const line = owners.at(-1)?.line ?? 0;
    if (!first) return [];
    const count = more.length === 0 ? 'a narrower range' : `${more.length + 1} narrower ranges`;
    return {
      line,
      key: 'AllowedIPs',
      severity: 'info',
      message: `within ${formatPrefix(prefix)}, ${count} of other peers (line ${first.line}) come first`,
      fix: 'nothing to do if that is meant',
    };
  });
}
