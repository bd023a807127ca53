/**
 * Netlink messages that ask for the route to an address and describe it: device, MTU, and encapsulation by the route.
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
/** Type of the kernel's answer to a route request. */
export const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTA = { dst: 1, src: 2, oif: 4, metrics: 8, encapType: 21, encap: 22, ipProto: 27, dport: 29 } as const;
const RTAX_MTU = 2;
/** RTM_F_FIB_MATCH: asks for the entry in the routing table, with its MTU, and not for a cached path MTU. */
const FIB_MATCH = 0x2000;
/** LWTUNNEL_ENCAP_IP, LWTUNNEL_ENCAP_IP6: the route names the remote address of the tunnel, and not the device. */
const ENCAP = { ip: 2, ip6: 4 } as const;
/** LWTUNNEL_IP_DST, LWTUNNEL_IP6_DST. */
const ENCAP_DST = 2;
const AF = { inet: 2, inet6: 10 } as const;
const IPPROTO_UDP = 17;

/** The packet for which a route is requested. */
export interface RouteQuery {
  /** 4 or 16 octets. */
  readonly to: Uint8Array;
  readonly from: Uint8Array | null;
  /** Destination port of a UDP datagram, for routing rules that match ports; `null` for any packet. */
  readonly toPort: number | null;
}

/** A route as the kernel describes it. */
export interface KernelRoute {
  /** Index of the outgoing device; 0 for a route over several devices. */
  readonly device: number;
  /** MTU of the route itself; `null` if it has none and the MTU of the device applies. */
  readonly mtu: number | null;
  /** Remote address of the tunnel if the route names it; otherwise `null`. */
  readonly remoteAddress: Uint8Array | null;
}

/** Encodes a request for the route of a packet (`ip route get`). */
export function encodeRouteRequest({ to, from, toPort }: RouteQuery, sequence: number): Uint8Array {
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

/** Decodes the body of an RTM_NEWROUTE message; `undefined` if it is too short. */
export function decodeRoute(body: Uint8Array): KernelRoute | undefined {
  if (body.length < RTMSG_BYTES) return undefined;
  const attributes = decodeAttributes(body, RTMSG_BYTES);
  const mtu = numberIn(decodeAttributes(attributes.get(RTA.metrics) ?? new Uint8Array(0)).get(RTAX_MTU));
  const type = numberIn(attributes.get(RTA.encapType));
  const around = decodeAttributes(attributes.get(RTA.encap) ?? new Uint8Array(0));
  const farEnd = type === ENCAP.ip || type === ENCAP.ip6 ? around.get(ENCAP_DST) : undefined;
  return { device: numberIn(attributes.get(RTA.oif)), mtu: mtu > 0 ? mtu : null, remoteAddress: farEnd ?? null };
}
