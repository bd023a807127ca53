/**
 * Explains why a path does not use a tunnel: its route uses another device, or there is no route.
 *
 * @module
 */
import type { DeviceStatus } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../keys.ts';
import { peerFor } from './evidence.ts';

/** Number of tunnels up to which the message names them. */
const MOST_NAMES = 4;

/** What is known about the route. */
export interface RouteEvidence {
  readonly address: string;
  /** Device of the route; `null` if there is no route. */
  readonly device: string | null;
  /** WireGuard devices that can be read; none without root. */
  readonly tunnels: readonly DeviceStatus[];
}

/** Describes the fault. The text has no full stop at its end and follows the message of the failed connection. */
export function describeRouteFault({ address, device, tunnels }: RouteEvidence): string {
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
