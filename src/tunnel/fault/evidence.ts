/**
 * What is known of a tunnel over which a connection failed.
 *
 * @module
 */
import type { PathKind } from '../../core/shapes/result.ts';
import type { DeviceStatus, PeerStatus, Prefix, WallTime } from '../../core/shapes/tunnel-config.ts';
import { containsPrefix, parsePrefix } from '../prefix.ts';

/** Messages of WireGuard that came from a peer's endpoint while the connection was waited for. */
export interface Heard {
  readonly initiations: number;
  readonly responses: number;
  readonly cookies: number;
  readonly data: number;
}

/** What a look at the peer's endpoint, past the tunnel, met. */
export interface EndpointLook {
  /** Of a datagram to the port of WireGuard: name of the error that came back by ICMP; `null` if none did. */
  readonly udpError: string | null;
  /** Whether the host answers over TCP, with a refusal if need be; `null`: not asked. */
  readonly isUp: boolean | null;
}

export interface TunnelEvidence {
  /** Inside the tunnel: what was to be reached, and from where, if there is a route. */
  readonly address: string;
  readonly localAddress: string | null;
  /** Of the route. */
  readonly device: string;
  readonly kind: PathKind;
  /** Name of the system's error; `null` if nothing came back. */
  readonly errno: string | null;
  /** Whether the same server answers past the tunnel; `null`: not asked. */
  readonly lineWorks: boolean | null;
  /** The device when the waiting began, and when it ended; `null` where it may not be read. */
  readonly before: DeviceStatus | null;
  readonly after: DeviceStatus | null;
  /** Packets that have come out of the tunnel here since the device is there; anyone may read that. */
  readonly receivedPackets: number | null;
  readonly now: WallTime;
  /** `null`: nobody listened. */
  readonly heard: Heard | null;
  readonly look: EndpointLook | null;
  /** Of the line, for captures. */
  readonly outerDevice: string | null;
}

/** The peer that packets to an address go to: that with the longest of the ranges it is in. */
export function peerFor(device: DeviceStatus, address: string): PeerStatus | null {
  const target = parsePrefix(address.split('%')[0] ?? '');
  if (target === undefined) return null;
  let best: { readonly peer: PeerStatus; readonly range: Prefix } | null = null;
  for (const peer of device.peers) {
    for (const range of peer.allowedIps) {
      if (containsPrefix(range, target) && range.bits >= (best?.range.bits ?? 0)) best = { peer, range };
    }
  }
  return best?.peer ?? null;
}
