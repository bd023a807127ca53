/**
 * The layers that code names, as numbers. The order has no meaning.
 *
 * What is known of each stands in `layer-table.ts`, which has a number for those besides that no code names.
 *
 * @module
 */

/** Numbers, so that a million packets are told apart by table look-ups. The keys are those of `LAYERS`. */
export const LAYER = {
  /** Nothing more is known: the rest is payload. Never in a stack. */
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

/** A number of `LAYER`, or one that the table gave. */
export type LayerKind = number;

export function isIp(kind: number): boolean {
  return kind === LAYER.ipv4 || kind === LAYER.ipv6;
}

/** Extension headers of IPv6 (RFC 8200 §4), but for AH. */
export function isExtension(kind: number): boolean {
  return (
    kind === LAYER.hopByHop || kind === LAYER.routing || kind === LAYER.fragment || kind === LAYER.destinationOptions
  );
}

/** Whether a layer has messages of WireGuard, in whatever disguise. */
export function isWireguard(kind: number | undefined): boolean {
  return kind === LAYER.wireguard || kind === LAYER.warp;
}
