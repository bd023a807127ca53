/**
 * The MTU of a tunnel device, chosen as wg-quick(8) does on Linux since 1.0.20250521: the smallest
 * over all endpoints (before, and on FreeBSD still, the largest).
 *
 * It knows what the first hop carries and no more: a smaller link further on needs an explicit MTU.
 *
 * @module
 */

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
}

export interface MtuChoice {
  readonly mtu: number;
  /** What the choice rests on; `null` for an explicit one. */
  readonly underlayMtu: number | null;
  readonly from: 'explicit' | 'endpoint' | 'default-route' | 'assumed';
}

/** IPv6 40, UDP 8, message header 16, tag 16: fits either outer family. */
export const WIREGUARD_OVERHEAD_BYTES = 80;
/** Of Ethernet, when nothing is known. */
const ASSUMED_MTU = 1500;

export function chooseMtu({ explicit, endpoints, defaultRoute }: MtuChoiceFacts): MtuChoice {
  if (explicit !== null) return { mtu: explicit, underlayMtu: null, from: 'explicit' };
  const known = endpoints.map(mtuOf).filter((mtu) => mtu !== null);
  if (known.length > 0) return below(Math.min(...known), 'endpoint');
  const outward = defaultRoute && mtuOf(defaultRoute);
  return outward === null ? below(ASSUMED_MTU, 'assumed') : below(outward, 'default-route');
}

function mtuOf({ routeMtu, deviceMtu }: RouteMtu): number | null {
  return routeMtu ?? deviceMtu;
}

function below(underlayMtu: number, from: MtuChoice['from']): MtuChoice {
  return { mtu: underlayMtu - WIREGUARD_OVERHEAD_BYTES, underlayMtu, from };
}
