/**
 * The route that the kernel takes to an address: its device, its MTU, and what it puts around packets itself.
 *
 * ```text
 * rtmsg  family 1 · prefix lengths 2 · TOS 1 · table 1 · protocol 1 · scope 1 · type 1 · flags 4; attributes
 * ```
 *
 * @see rtnetlink(7), ip-route(8) (`mtu`, `encap`); linux/rtnetlink.h, linux/lwtunnel.h
 * @module
 */
import { decodeAttributes, encodeMessage, NLM_F, numberIn, octetsOf } from './netlink.ts';

const RTMSG_BYTES = 12;
export const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTA = { dst: 1, src: 2, oif: 4, metrics: 8, encapType: 21, encap: 22, ipProto: 27, dport: 29 } as const;
const RTAX_MTU = 2;
/** The entry of the table, with its own MTU, and not what the path was found to carry since. */
const FIB_MATCH = 0x2000;
/** LWTUNNEL_ENCAP_IP, LWTUNNEL_ENCAP_IP6: for a device that takes the far end from the route. */
const ENCAP = { ip: 2, ip6: 4 } as const;
/** LWTUNNEL_IP_DST, LWTUNNEL_IP6_DST. */
const ENCAP_DST = 2;
const AF = { inet: 2, inet6: 10 } as const;
const IPPROTO_UDP = 17;

export interface RouteWish {
  /** 4 or 16 octets. */
  readonly to: Uint8Array;
  readonly from: Uint8Array | null;
  /** Of a datagram of UDP, for rules that name ports; `null` for any packet. */
  readonly toPort: number | null;
}

export interface Route {
  /** Index of the device; 0 where there are several. */
  readonly device: number;
  /** Of the route itself; `null` where only the device has one. */
  readonly mtu: number | null;
  /** The far end that the route names for a tunnel without one of its own. */
  readonly farEnd: Uint8Array | null;
}

export function encodeRouteRequest({ to, from, toPort }: RouteWish, sequence: number): Uint8Array {
  const head = new Uint8Array(RTMSG_BYTES);
  head[0] = to.length === 4 ? AF.inet : AF.inet6;
  head[1] = to.length * 8;
  head[2] = (from?.length ?? 0) * 8;
  head.set(octetsOf(FIB_MATCH), 8);
  const port = [
    [RTA.ipProto, Uint8Array.of(IPPROTO_UDP)],
    [RTA.dport, Uint8Array.of((toPort ?? 0) >> 8, (toPort ?? 0) & 255)],
  ] as const;
  return encodeMessage({ type: RTM_GETROUTE, flags: NLM_F.request, sequence }, head, [
    [RTA.dst, to],
    ...(from === null ? [] : [[RTA.src, from] as const]),
    ...(toPort === null ? [] : port),
  ]);
}

/** `undefined` for a body that is too short. */
export function decodeRoute(body: Uint8Array): Route | undefined {
  if (body.length < RTMSG_BYTES) return undefined;
  const attributes = decodeAttributes(body, RTMSG_BYTES);
  const mtu = numberIn(decodeAttributes(attributes.get(RTA.metrics) ?? new Uint8Array(0)).get(RTAX_MTU));
  const type = numberIn(attributes.get(RTA.encapType));
  const around = decodeAttributes(attributes.get(RTA.encap) ?? new Uint8Array(0));
  const farEnd = type === ENCAP.ip || type === ENCAP.ip6 ? around.get(ENCAP_DST) : undefined;
  return { device: numberIn(attributes.get(RTA.oif)), mtu: mtu > 0 ? mtu : null, farEnd: farEnd ?? null };
}
