/**
 * Why a path that was to be a tunnel is none: its route leads past every tunnel, or nowhere.
 *
 * @module
 */
import type { DeviceStatus } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../keys.ts';
import { peerFor } from './evidence.ts';

/** More tunnels than these are counted, not named. */
const MOST_NAMES = 4;

export interface RouteEvidence {
  readonly address: string;
  /** Of the route; `null` if there is none. */
  readonly device: string | null;
  /** Devices of WireGuard that may be read; none without root. */
  readonly tunnels: readonly DeviceStatus[];
}

/** Says it without a full stop at the end, to be put behind what failed. */
export function routeWords({ address, device, tunnels }: RouteEvidence): string {
  const way = device === null ? '' : `the route to ${address} leaves by ${device}, and not by a tunnel; `;
  const look = `See ip route get ${address}`;
  for (const tunnel of tunnels) {
    const peer = peerFor(tunnel, address);
    if (peer === null) continue;
    const whose = `peer ${formatKey(peer.publicKey).slice(0, 8)} of ${tunnel.name}`;
    return `${way}${whose} has it in its AllowedIPs, and no route leads there: ip route add ${address} dev ${tunnel.name}`;
  }
  if (tunnels.length === 0) return `${way}is the tunnel up, and is ${address} in the AllowedIPs of a peer? ${look}`;
  const names =
    tunnels.length > MOST_NAMES ? `the ${tunnels.length} tunnels here` : tunnels.map(({ name }) => name).join(', ');
  return `${way}no peer of ${names} has ${address} in its AllowedIPs: add it to those of the peer that has this address, and a route. ${look}`;
}
