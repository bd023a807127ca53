/**
 * Whether a sender pads, and the MTU of its tunnel, from the lengths of its messages alone.
 *
 * Packets are padded to a multiple of 16 octets (whitepaper §5.4.6). Linux and wireguard-go do not pad beyond the MTU
 * of the tunnel. So a sender that pads has at most one length that is not a multiple of 16: its MTU. A sender that does
 * not pad has as many such lengths as its packets have.
 *
 * @module
 */
import type { DirectionReport } from '../../documents/capture-wireguard.ts';
import { SmallCounts } from '../delivery/small-counts.ts';
import type { Path } from '../peer-pair.ts';

/** A smaller length is not taken for the MTU of a tunnel (RFC 791 §3.1: every host must accept 576 octets). */
const MIN_MTU = 576;

/** The padding habit of the sender of these paths, and the MTU of its tunnel: exact, a lower bound, or unknown. */
export function paddingOf(paths: readonly Path[]): DirectionReport['padding'] {
  const odd = new SmallCounts(8);
  for (const path of paths) odd.addAll(path.oddLengths);
  const largest = Math.max(0, ...paths.map((path) => path.largestPayload));
  const atLeast = largest >= MIN_MTU ? ({ tunnel_mtu_bytes: largest, tunnel_mtu_basis: 'at-least' } as const) : null;
  const [only] = odd.list();
  if (odd.size === 1 && only?.value === largest && largest >= MIN_MTU) {
    return { habit: 'padded', tunnel_mtu_bytes: largest, tunnel_mtu_basis: 'exact' };
  }
  const habit = odd.size > 1 || only !== undefined ? 'not-padded' : atLeast === null ? null : 'padded';
  return { habit, ...(atLeast ?? { tunnel_mtu_bytes: null, tunnel_mtu_basis: null }) };
}
