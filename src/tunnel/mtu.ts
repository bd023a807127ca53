/**
 * Chooses the MTU of a WireGuard device as wg-quick(8) does on Linux since 1.0.20250521: the smallest MTU
 * over all endpoints (earlier versions, and those for FreeBSD, use the largest).
 *
 * The MTU is never below the minimum of the inner protocol: Linux removes the IPv6 addresses of a device with less than
 * 1280. If such packets do not fit the underlay, the datagrams that carry them are fragmented, and `mtuWarning` warns.
 *
 * Only the MTU of the first hop is known. A smaller link further along fragments IPv4 datagrams, which are sent
 * without DF.
 *
 * @module
 */
import type { TunnelConfig } from './config/config.ts';

/** MTUs of a route and of its device, as `ip route get` and `ip link` show them; `null` is not known. */
export interface RouteMtu {
  /** MTU of the route itself, which takes precedence. */
  readonly routeMtu: number | null;
  readonly deviceMtu: number | null;
}

/** Facts on which the choice depends. */
export interface MtuChoiceFacts {
  /** `MTU` of the configuration file. */
  readonly explicit: number | null;
  /** Route to each endpoint. */
  readonly endpoints: readonly RouteMtu[];
  readonly defaultRoute: RouteMtu | null;
  /** Family of the inner packets: 6 if any of them are IPv6. */
  readonly inside: 4 | 6;
}

type MtuOrigin = 'explicit' | 'endpoint' | 'default-route' | 'assumed';

/** The chosen MTU. */
export interface MtuChoice {
  readonly mtu: number;
  /** MTU of the underlay that the choice is based on; `null` for an explicit MTU. */
  readonly underlayMtu: number | null;
  readonly from: MtuOrigin;
}

/** Overhead of WireGuard over IPv6: IP 40, UDP 8, message header 16, tag 16. It is sufficient for IPv4 too. */
export const WIREGUARD_OVERHEAD_BYTES = 80;
/** Overhead of WireGuard over IPv4, whose header has 20 octets. */
export const IPV4_OVERHEAD_BYTES = 60;
/**
 * Smallest MTU by family. IPv4: every host accepts datagrams of this size (RFC 791). IPv6: minimum of every link
 * (RFC 8200 §5); Linux disables IPv6 on a device with less.
 */
export const LEAST_MTU = { 4: 576, 6: 1280 } as const;
/** MTU of Ethernet, if nothing is known. */
const ASSUMED_MTU = 1500;

/**
 * Chooses the MTU: the explicit one, or else the underlay's less 80, with the smallest route to an endpoint, the
 * default route or 1500 as the underlay.
 */
export function chooseMtu({ explicit, endpoints, defaultRoute, inside }: MtuChoiceFacts): MtuChoice {
  if (explicit !== null) return { mtu: explicit, underlayMtu: null, from: 'explicit' };
  const known = endpoints.map(mtuOf).filter((mtu) => mtu !== null);
  if (known.length > 0) return below(smallest(known), 'endpoint', inside);
  const outward = defaultRoute && mtuOf(defaultRoute);
  return outward === null ? below(ASSUMED_MTU, 'assumed', inside) : below(outward, 'default-route', inside);
}

function mtuOf({ routeMtu, deviceMtu }: RouteMtu): number | null {
  return routeMtu ?? deviceMtu;
}

function below(underlayMtu: number, from: MtuOrigin, inside: 4 | 6): MtuChoice {
  const mtu = Math.max(underlayMtu - WIREGUARD_OVERHEAD_BYTES, LEAST_MTU[inside]);
  return { mtu, underlayMtu, from };
}

/** `Math.min(...mtus)` would fail with too many endpoints. */
function smallest(mtus: readonly number[]): number {
  return mtus.reduce((least, mtu) => Math.min(least, mtu));
}

/** Warning about a chosen MTU with which full packets are fragmented; `null` if they are not. */
export function mtuWarning({ mtu, underlayMtu }: Pick<MtuChoice, 'mtu' | 'underlayMtu'>): string | null {
  if (underlayMtu === null || mtu <= underlayMtu - WIREGUARD_OVERHEAD_BYTES) return null;
  const family = mtu === LEAST_MTU[6] ? 'IPv6' : 'IPv4';
  const which = mtu <= underlayMtu - IPV4_OVERHEAD_BYTES ? ' over IPv6' : '';
  return `the MTU is ${mtu}, the least for ${family} inside, and the way to the peers carries ${underlayMtu}: full packets go in fragments${which}`;
}

/** Family of the inner packets for the MTU: 6 if the device has any IPv6 address or a peer any IPv6 range. */
export function familyInside({ interface: device, peers }: TunnelConfig): 4 | 6 {
  const isIpv6 = ({ octets }: { readonly octets: Uint8Array }): boolean => octets.length === 16;
  const hasIpv6 =
    device.addresses.some(isIpv6) || peers.some((peer) => peer.allowedIps.some(({ prefix }) => isIpv6(prefix)));
  return hasIpv6 ? 6 : 4;
}
