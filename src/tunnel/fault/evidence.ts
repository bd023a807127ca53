/**
 * Evidence about a tunnel over which a connection failed.
 *
 * @module
 */
import type { PathKind } from '../../core/shapes/path.ts';
import type { DeviceStatus, PeerStatus, Prefix, WallTime } from '../../core/shapes/tunnel-config.ts';
import { containsPrefix, parsePrefix } from '../prefix.ts';

/** Counts of WireGuard messages received from a peer's endpoint while the connection was attempted. */
export interface ReceivedMessages {
  readonly initiations: number;
  readonly responses: number;
  readonly cookies: number;
  readonly data: number;
}

/** Result of probing the host of the peer's endpoint, outside the tunnel. */
export interface EndpointProbeResult {
  /** Name of the error that ICMP returned for a datagram to the WireGuard port; `null` if none. */
  readonly udpError: string | null;
  /** Whether the host answers over TCP, be it with a refusal; `null`: not tried. */
  readonly isUp: boolean | null;
}

/** All that is known when `tunnelFault` looks for the cause. `null` is not known. */
export interface TunnelEvidence {
  /** Address inside the tunnel that the connection was for. */
  readonly address: string;
  /** Local address inside the tunnel, if there is a route. */
  readonly localAddress: string | null;
  /** Device of the route. */
  readonly device: string;
  readonly kind: PathKind;
  /** Name of the system error of the connection; `null` if it timed out. */
  readonly errno: string | null;
  /** Whether the same server answers outside the tunnel; `null`: not tried. */
  readonly lineWorks: boolean | null;
  /** State of the device when the connection was attempted; `null` if it cannot be read. */
  readonly before: DeviceStatus | null;
  /** State of the device when the connection had failed; `null` if it cannot be read. */
  readonly after: DeviceStatus | null;
  /** Packets received through the tunnel since the device exists. Readable without privileges. */
  readonly receivedPackets: number | null;
  readonly now: WallTime;
  /** `null`: nothing was captured. */
  readonly received: ReceivedMessages | null;
  readonly probe: EndpointProbeResult | null;
  /** Device of the underlay, for a capture. */
  readonly outerDevice: string | null;
}

/** The peer that packets to an address are sent to, by the longest matching range; `null` if there is none. */
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
