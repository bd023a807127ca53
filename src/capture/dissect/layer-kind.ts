/**
 * Numbers of the layers that code refers to by name. Their order has no meaning.
 *
 * `layer-table.ts` has the description of each layer, and also gives numbers to the layers that no code refers to.
 *
 * @module
 */

/**
 * Layer numbers. Numbers allow table lookups for each packet. The keys are those of `LAYERS` in `layer-table.ts`.
 */
export const LAYER = {
  /** No further layer: the rest is payload. Never stored in a layer stack. */
  none: 0,
  ethernet: 1,
  vlan: 2,
  llc: 3,
  sll: 4,
  sll2: 5,
  ppp: 6,
  pppoe: 7,
  mpls: 8,
  controlWord: 9,
  arp: 10,
  ipv4: 11,
  ipv6: 12,
  hopByHop: 13,
  routing: 14,
  fragment: 15,
  destinationOptions: 16,
  icmpv4: 17,
  icmpv6: 18,
  udp: 19,
  tcp: 20,
  gre: 21,
  erspan: 22,
  vxlan: 23,
  vxlanGpe: 24,
  nsh: 25,
  geneve: 26,
  wireguard: 27,
  warp: 28,
  amneziaJunk: 29,
  disco: 30,
  udpEncap: 31,
  esp: 32,
  ah: 33,
  ike: 34,
  openvpn: 35,
  gtpu: 36,
  gtpc: 37,
  l2tp: 38,
  pptp: 39,
  teredo: 40,
  dtls: 41,
  quic: 42,
  socks: 43,
  fou: 44,
  weave: 45,
} as const;

/** A number of `LAYER`, or one that the layer table gave to another layer. */
export type LayerKind = number;

/** Whether a layer is IPv4 or IPv6. */
export function isIp(kind: number): boolean {
  return kind === LAYER.ipv4 || kind === LAYER.ipv6;
}

/** Whether a layer is an extension header of IPv6 (RFC 8200 §4), AH excluded. */
export function isExtension(kind: number): boolean {
  return (
    kind === LAYER.hopByHop || kind === LAYER.routing || kind === LAYER.fragment || kind === LAYER.destinationOptions
  );
}

/** Whether a layer has messages of WireGuard, AmneziaWG or WARP. */
export function isWireguard(kind: number | undefined): boolean {
  return kind === LAYER.wireguard || kind === LAYER.warp;
}
