/**
 * What a measured path MTU means for tunnels: the MTU of one over this path, and what is wrong with that of the device
 * by which the probes left.
 *
 * @module
 */

import type { MtuDirection, TunnelDeviceMtu, TunnelMtu } from '../../../core/shapes/path/mtu.ts';
import type { PathFacts } from '../../../core/shapes/path.ts';
import { IPV4_OVERHEAD_BYTES, LEAST_MTU, WIREGUARD_OVERHEAD_BYTES } from '../../../tunnel/mtu.ts';

/** The parts of the overhead of WireGuard after the outer IP header: UDP, message header, tag. */
const PARTS = '8 UDP - 16 header - 16 tag';

/**
 * MTU of a WireGuard tunnel whose outer packets take a path that carries `pathMtu`, for both outer families: over
 * IPv4 less 60, over IPv6 less 80.
 */
export function wireguardMtus(pathMtu: number | null): readonly TunnelMtu[] {
  if (pathMtu === null) return [];
  return ([4, 6] as const).map((outer) => {
    const overhead = outer === 4 ? IPV4_OVERHEAD_BYTES : WIREGUARD_OVERHEAD_BYTES;
    const mtu = pathMtu - overhead;
    const fits = mtu > 0 ? mtu : null;
    const arithmetic = `${pathMtu} - ${overhead - 40} IP - ${PARTS}`;
    return { outer_family: outer, mtu_bytes: fits, arithmetic };
  });
}

/** A remark if IPv6 inside such a tunnel does not fit; `null` if it does. */
export function insideRemark(tunnels: readonly TunnelMtu[]): string | null {
  const narrow = tunnels.filter(({ mtu_bytes }) => mtu_bytes === null || mtu_bytes < LEAST_MTU[6]);
  if (narrow.length === 0) return null;
  const over = narrow.map(({ outer_family }) => `IPv${outer_family}`).join(' and ');
  return `a tunnel over ${over} has less than the 1280 that IPv6 inside needs (RFC 8200 section 5): its outer packets would be fragmented`;
}

/** Kinds of devices that are no tunnels. */
const NO_TUNNEL = ['loopback', 'physical', 'virtual', 'unknown'];
/** Devices of WireGuard pad packets to 16 octets, but not beyond their MTU. */
const WIREGUARD_PADDING = 16;

/**
 * Judges the MTU of the tunnel device by which the probes left; `null` if it is no tunnel.
 *
 * @param forward - what was measured: through the tunnel, so what passes is the size inside
 */
export function tunnelDevice(
  facts: PathFacts,
  deviceMtu: number | null,
  forward: MtuDirection | null,
): TunnelDeviceMtu | null {
  const { device, kind } = facts;
  if (device === null || NO_TUNNEL.includes(kind)) return null;
  const passes = certainSize(forward);
  const faults: string[] = [];
  if (passes !== null && deviceMtu !== null && passes < deviceMtu) {
    const padding =
      kind === 'wireguard' && passes % WIREGUARD_PADDING === 0
        ? `; WireGuard pads to 16 octets up to the MTU, so with a smaller MTU up to ${passes + WIREGUARD_PADDING - 1} may pass: set it, and measure again`
        : '';
    faults.push(
      `the MTU of ${device} is ${deviceMtu}, and only ${passes} pass through it: larger packets are lost or fragmented; set it to ${passes} (ip link set dev ${device} mtu ${passes})${padding}`,
    );
  }
  return { device, kind, mtu_bytes: deviceMtu, faults };
}

/** A sentence if the tunnel device of the server has an MTU that does not fit the way back; `null` if it does. */
export function serverTunnelFault(
  { device, kind, mtu_bytes }: PathFacts,
  backward: MtuDirection | null,
): string | null {
  const passes = certainSize(backward);
  if (device === null || NO_TUNNEL.includes(kind) || passes === null || mtu_bytes === null || passes >= mtu_bytes) {
    return null;
  }
  return `the server sends by ${device}, whose MTU is ${mtu_bytes}, and only ${passes} pass through it towards here: set it to ${passes} there`;
}

/**
 * A sentence if a router on the way lets through more than passes behind it, as one does at the beginning of a tunnel whose
 * MTU is too large; `null` for others.
 */
export function tooWideHop(forward: MtuDirection | null): string | null {
  if (forward === null || forward.verdict !== 'icmp-wrong' || forward.vanishes === null) return null;
  const { path_mtu_bytes: passes, reported, vanishes } = forward;
  const { ttl, address } = vanishes.after;
  const told = reported.find(({ origin, from }) => origin === 'icmp' && from !== null && from === address);
  if (passes === null || told === undefined || told.mtu_bytes <= passes) return null;
  const padded =
    passes % WIREGUARD_PADDING === 0
      ? `; of WireGuard, which pads to 16 octets up to its MTU, up to ${passes + WIREGUARD_PADDING - 1} may fit`
      : '';
  return `hop ${ttl} (${address}) takes ${told.mtu_bytes} octets, and only ${passes} pass behind it: if a tunnel begins there, its MTU is too large, and ${passes} fit${padded}`;
}

/** The size that passes; `null` where it is not certain. */
function certainSize(way: MtuDirection | null): number | null {
  if (way === null || !['icmp-tells', 'icmp-wrong', 'black-hole', 'fragmented', 'whole'].includes(way.verdict))
    return null;
  return way.path_mtu_bytes;
}
