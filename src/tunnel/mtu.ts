/**
 * The MTU of a tunnel device, chosen as wg-quick(8) does on Linux since 1.0.20250521: the smallest
 * over all endpoints (before, and on FreeBSD still, the largest).
 *
 * It is never less than what a packet inside needs: Linux takes a device with less than 1280 its IPv6 addresses. Where
 * such packets do not fit beneath, the datagrams that carry them go in fragments, and `mtuDoubt` says so.
 *
 * It knows what the first hop carries and no more. A smaller link further on cuts IPv4 datagrams, which go without DF.
 *
 * @module
 */
import type { TunnelConfig } from './config/config.ts';

/** What `ip route get` and the device tell of one way out; `null` is unknown. A route's own MTU comes first. */
export interface RouteMtu {
  readonly routeMtu: number | null;
  readonly deviceMtu: number | null;
}

export interface MtuChoiceFacts {
  /** `MTU` of the file. */
  readonly explicit: number | null;
  /** The way to each endpoint. */
  readonly endpoints: readonly RouteMtu[];
  readonly defaultRoute: RouteMtu | null;
  /** Families of the packets inside. */
  readonly inside: 4 | 6;
}

type MtuOrigin = 'explicit' | 'endpoint' | 'default-route' | 'assumed';

export interface MtuChoice {
  readonly mtu: number;
  /** What the choice rests on; `null` for an explicit one. */
  readonly underlayMtu: number | null;
  readonly from: MtuOrigin;
}

/** IPv6 40, UDP 8, message header 16, tag 16: fits either outer family. */
export const WIREGUARD_OVERHEAD_BYTES = 80;
/** The same with the shorter header of IPv4, 20. */
export const IPV4_OVERHEAD_BYTES = 60;
/**
 * What every host takes in one piece: of IPv4 (RFC 791), and what every link with IPv6 carries (RFC 8200 §5), for
 * Linux switches IPv6 off on one that does not.
 */
export const LEAST_MTU = { 4: 576, 6: 1280 } as const;
/** Of Ethernet, when nothing is known. */
const ASSUMED_MTU = 1500;

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

/** There may be more endpoints than a call takes arguments. */
function smallest(mtus: readonly number[]): number {
  return mtus.reduce((least, mtu) => Math.min(least, mtu));
}

/** What an MTU that we chose costs, in words; `null` where full packets fit in one piece. */
export function mtuDoubt({ mtu, underlayMtu }: Pick<MtuChoice, 'mtu' | 'underlayMtu'>): string | null {
  if (underlayMtu === null || mtu <= underlayMtu - WIREGUARD_OVERHEAD_BYTES) return null;
  const family = mtu === LEAST_MTU[6] ? 'IPv6' : 'IPv4';
  const which = mtu <= underlayMtu - IPV4_OVERHEAD_BYTES ? ' over IPv6' : '';
  return `the MTU is ${mtu}, the least for ${family} inside, and the way to the peers carries ${underlayMtu}: full packets go in fragments${which}`;
}

/** The family that asks for more of what a device carries: any address or range of IPv6 makes it 6. */
export function familyInside({ interface: device, peers }: TunnelConfig): 4 | 6 {
  const isIpv6 = ({ octets }: { readonly octets: Uint8Array }): boolean => octets.length === 16;
  const hasIpv6 =
    device.addresses.some(isIpv6) || peers.some((peer) => peer.allowedIps.some(({ prefix }) => isIpv6(prefix)));
  return hasIpv6 ? 6 : 4;
}
