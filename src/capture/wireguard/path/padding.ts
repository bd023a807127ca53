/**
 * Whether a sender pads, and what MTU its tunnel has, from lengths alone.
 *
 * Padding goes to a multiple of 16, but not beyond the MTU of the tunnel (whitepaper §5.4.6, as Linux and
 * wireguard-go have it). So a sender that pads has one length that is no multiple of 16 at most: its MTU. One that
 * does not pad has as many as its packets have.
 *
 * @module
 */
import type { DirectionReport } from '../../documents/capture-report.ts';
import { SmallCounts } from '../delivery/small-counts.ts';
import type { Path } from '../peer.ts';

/** No tunnel is smaller (RFC 791 §3.1: what every host must accept). */
const MIN_MTU = 576;

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
