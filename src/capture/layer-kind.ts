/**
 * The kinds of layers that a packet can have.
 *
 * @module
 */

/** Numbers, so that a million packets are told apart by table look-ups. The names are for print. */
export const LAYER = {
  /** Nothing more is known: the rest is payload. Never in a stack. */
  none: 0,
  ethernet: 1,
  /** 802.1Q and 802.1ad tags, one layer each. */
  vlan: 2,
  /** 802.3 length field and 802.2 LLC header. */
  llc: 3,
  sll: 4,
  sll2: 5,
  /** BSD loopback: an address family and nothing else. */
  loopback: 6,
  ppp: 7,
  pppoe: 8,
  /** The whole label stack is one layer. */
  mpls: 9,
  /** Control word of an Ethernet pseudowire (RFC 4385 §3). */
  controlWord: 10,
  arp: 11,
  ipv4: 12,
  ipv6: 13,
  hopByHop: 14,
  routing: 15,
  fragment: 16,
  destinationOptions: 17,
  icmpv4: 18,
  icmpv6: 19,
  igmp: 20,
  udp: 21,
  tcp: 22,
  gre: 23,
  erspan: 24,
  vxlan: 25,
  vxlanGpe: 26,
  nsh: 27,
  geneve: 28,
  wireguard: 29,
  /** Cloudflare WARP: WireGuard with a client id in the reserved octets. */
  warp: 30,
  disco: 31,
  /** What the first octets behind UDP 4500 say (RFC 3948). */
  udpEncap: 32,
  esp: 33,
  ah: 34,
  ipcomp: 35,
  ike: 36,
  openvpn: 37,
  gtpu: 38,
  /** GTP-C and GTP': the signalling of the same networks. */
  gtpc: 39,
  l2tp: 40,
  pptp: 41,
  teredo: 42,
  ayiya: 43,
  capwap: 44,
  dtls: 45,
  quic: 46,
  socks: 47,
  etherip: 48,
  /** Cisco MetaData: a security group tag before the real EtherType. */
  ciscoMetadata: 49,
  /** Header of what `tailscale debug capture` writes. */
  tailscaleCapture: 50,
  /** Generic UDP encapsulation. */
  gue: 51,
  /** Foo over UDP: an IP packet without a header between. */
  fou: 52,
  /** Sleeve of Weave Net. */
  weave: 53,
  /** What AmneziaWG sends before a handshake. */
  amneziaJunk: 54,
} as const;

export type LayerKind = (typeof LAYER)[keyof typeof LAYER];

const NAMES: Record<LayerKind, string> = {
  [LAYER.none]: 'none',
  [LAYER.ethernet]: 'ethernet',
  [LAYER.vlan]: 'vlan',
  [LAYER.llc]: 'llc',
  [LAYER.sll]: 'sll',
  [LAYER.sll2]: 'sll2',
  [LAYER.loopback]: 'loopback',
  [LAYER.ppp]: 'ppp',
  [LAYER.pppoe]: 'pppoe',
  [LAYER.mpls]: 'mpls',
  [LAYER.controlWord]: 'control-word',
  [LAYER.arp]: 'arp',
  [LAYER.ipv4]: 'ipv4',
  [LAYER.ipv6]: 'ipv6',
  [LAYER.hopByHop]: 'hop-by-hop',
  [LAYER.routing]: 'routing',
  [LAYER.fragment]: 'fragment',
  [LAYER.destinationOptions]: 'destination-options',
  [LAYER.icmpv4]: 'icmp',
  [LAYER.icmpv6]: 'icmpv6',
  [LAYER.igmp]: 'igmp',
  [LAYER.udp]: 'udp',
  [LAYER.tcp]: 'tcp',
  [LAYER.gre]: 'gre',
  [LAYER.erspan]: 'erspan',
  [LAYER.vxlan]: 'vxlan',
  [LAYER.vxlanGpe]: 'vxlan-gpe',
  [LAYER.nsh]: 'nsh',
  [LAYER.geneve]: 'geneve',
  [LAYER.wireguard]: 'wireguard',
  [LAYER.warp]: 'warp',
  [LAYER.disco]: 'disco',
  [LAYER.udpEncap]: 'udp-encap',
  [LAYER.esp]: 'esp',
  [LAYER.ah]: 'ah',
  [LAYER.ipcomp]: 'ipcomp',
  [LAYER.ike]: 'ike',
  [LAYER.openvpn]: 'openvpn',
  [LAYER.gtpu]: 'gtpu',
  [LAYER.gtpc]: 'gtpc',
  [LAYER.l2tp]: 'l2tp',
  [LAYER.pptp]: 'pptp',
  [LAYER.teredo]: 'teredo',
  [LAYER.ayiya]: 'ayiya',
  [LAYER.capwap]: 'capwap',
  [LAYER.dtls]: 'dtls',
  [LAYER.quic]: 'quic',
  [LAYER.socks]: 'socks',
  [LAYER.etherip]: 'etherip',
  [LAYER.ciscoMetadata]: 'cisco-metadata',
  [LAYER.tailscaleCapture]: 'tailscale-capture',
  [LAYER.gue]: 'gue',
  [LAYER.fou]: 'fou',
  [LAYER.weave]: 'weave',
  [LAYER.amneziaJunk]: 'amneziawg-junk',
};

/** The kind's name in reports and filters. */
export function layerName(kind: number): string {
  return NAMES[kind as LayerKind] ?? 'unknown';
}

export function isIp(kind: number): boolean {
  return kind === LAYER.ipv4 || kind === LAYER.ipv6;
}

/** Whether a layer has messages of WireGuard, in whatever disguise. */
export function isWireguard(kind: number | undefined): boolean {
  return kind === LAYER.wireguard || kind === LAYER.warp;
}
