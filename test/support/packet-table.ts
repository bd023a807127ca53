/**
 * A packet of each kind, as a frame of Ethernet, and the layers that it has.
 */
import {
  B6,
  cookieReply,
  ethernet,
  icmpEcho,
  initiation,
  ipv4,
  ipv6,
  join,
  response,
  tcp,
  u16,
  u32,
  udp,
  wireguardData,
  zeros,
} from './packets.ts';

const inner = ipv4(1, icmpEcho(), { source: [10, 0, 0, 1], destination: [10, 0, 0, 2] });
const inner6 = ipv6(17, udp(1000, 2000, [1, 2, 3]));
const frame = ethernet(0x0800, inner);
const over4 = (protocol: number, payload: Uint8Array): Uint8Array => ethernet(0x0800, ipv4(protocol, payload));
const overUdp = (port: number, payload: Uint8Array): Uint8Array => over4(17, udp(40_000, port, payload));
const ip = 'ethernet ipv4';
const inUdp = `${ip} udp`;
const echo = 'ipv4 icmp';

const vxlan = (vni: number, payload: Uint8Array): Uint8Array => join([8, 0, 0, 0], u32(vni * 256), payload);
const geneve = join([0x02, 0x40], u16(0x6558), u32(10 * 256), [1, 2, 3, 1, 9, 9, 9, 9], frame);
const gre = (flags: number, protocol: number, fields: number[], payload: Uint8Array): Uint8Array =>
  join(u16(flags), u16(protocol), fields, payload);
const ike = join(zeros(8).fill(1), zeros(8), [33, 0x20, 34, 8], u32(0), u32(28 + 20), zeros(20));
const openvpnReset = join([0x38], zeros(8).fill(7), [0], u32(0));
const teredo = join([0x60, 0, 0, 0], u16(8), [59, 64], [0x20, 1, 0, 0, ...zeros(11), 1], B6, zeros(8));

export interface TableRow {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly layers: string;
}

const row = (name: string, bytes: Uint8Array, layers: string): TableRow => ({ name, bytes, layers });

export const PACKETS: readonly TableRow[] = [
  row('ARP', ethernet(0x0806, join(u16(1), u16(0x0800), [6, 4], u16(1), zeros(20))), 'ethernet arp'),
  row('802.1Q', ethernet(0x8100, join(u16(100), u16(0x0800), inner)), `ethernet vlan ${echo}`),
  row('QinQ', ethernet(0x88a8, join(u16(100), u16(0x8100), u16(5), u16(0x0800), inner)), `ethernet vlan vlan ${echo}`),
  row('802.3 with LLC', ethernet(4, [0x42, 0x42, 3, 0]), 'ethernet llc'),
  row('SNAP', ethernet(8 + inner.length, join([0xaa, 0xaa, 3, 0, 0, 0], u16(0x0800), inner)), `ethernet llc ${echo}`),
  row(
    'PPPoE',
    ethernet(0x8864, join([0x11, 0], u16(3), u16(2 + inner.length), u16(0x21), inner)),
    `ethernet pppoe ppp ${echo}`,
  ),
  row('MPLS', ethernet(0x8847, join(u32(0x0001_0040), u32(0x0002_0140), inner)), `ethernet mpls ${echo}`),
  row(
    'MPLS pseudowire',
    ethernet(0x8847, join(u32(0x0002_0140), u32(0), frame)),
    `ethernet mpls control-word ethernet ${echo}`,
  ),
  row(
    'MACsec, integrity alone',
    ethernet(0x88e5, join([0x22, 0], u32(7), zeros(8), u16(0x0800), inner, zeros(16))),
    `ethernet macsec ${echo}`,
  ),
  row('MACsec, encrypted', ethernet(0x88e5, join([0x0c, 30], u32(7), zeros(30 + 16))), 'ethernet macsec'),
  row('IPv4 with options', ethernet(0x0800, ipv4(1, icmpEcho(), { options: [0x94, 4, 0, 0] })), `${ip} icmp`),
  row('UDP', over4(17, udp(1, 2, [1, 2, 3])), inUdp),
  row('TCP with options', over4(6, tcp(1, 2, [1], 1, [2, 4, 5, 0xb4])), `${ip} tcp`),
  row(
    'ICMP error',
    over4(1, join([3, 4, 0, 0], u16(0), u16(1400), ipv4(17, udp(5, 6, zeros(8))))),
    `${ip} icmp ipv4 udp`,
  ),
  row(
    'ICMPv6 error',
    ethernet(0x86dd, ipv6(58, join([2, 0, 0, 0], u32(1280), inner6))),
    'ethernet ipv6 icmpv6 ipv6 udp',
  ),
  row(
    'IPv6 extensions',
    ethernet(0x86dd, ipv6(0, join([60, 0], zeros(6), [43, 0], zeros(6), [17, 0, 0, 0], zeros(4), udp(1, 2, [1])))),
    'ethernet ipv6 hop-by-hop destination-options routing udp',
  ),
  row('IGMP', over4(2, join([0x16, 0, 0, 0], zeros(4))), `${ip} igmp`),
  row('IPIP', over4(4, inner), `${ip} ${echo}`),
  row('6in4', over4(41, inner6), `${ip} ipv6 udp`),
  row('4in6', ethernet(0x86dd, ipv6(4, inner)), `ethernet ipv6 ${echo}`),
  row('6in6', ethernet(0x86dd, ipv6(41, inner6)), 'ethernet ipv6 ipv6 udp'),
  row('GRE', over4(47, gre(0, 0x0800, [], inner)), `${ip} gre ${echo}`),
  row('GRE with all fields', over4(47, gre(0xb000, 0x0800, zeros(12), inner)), `${ip} gre ${echo}`),
  row('GRETAP', over4(47, gre(0, 0x6558, [], frame)), `${ip} gre ethernet ${echo}`),
  row('NVGRE', over4(47, gre(0x2000, 0x6558, u32(0x0123_4500), frame)), `${ip} gre ethernet ${echo}`),
  row('MPLS in GRE', over4(47, gre(0, 0x8847, [], join(u32(0x0002_0140), inner))), `${ip} gre mpls ${echo}`),
  row(
    'PPTP data',
    over4(47, gre(0x3081, 0x880b, [...u16(2 + inner.length), 0, 5, ...u32(1), ...u32(0)], join(u16(0x21), inner))),
    `${ip} gre ppp ${echo}`,
  ),
  row('ERSPAN I', over4(47, gre(0, 0x88be, [], frame)), `${ip} gre erspan ethernet ${echo}`),
  row(
    'ERSPAN II',
    over4(47, gre(0x1000, 0x88be, u32(1), join([0x10, 5, 0, 9], zeros(4), frame))),
    `${ip} gre erspan ethernet ${echo}`,
  ),
  row(
    'ERSPAN III',
    over4(47, gre(0x1000, 0x22eb, u32(1), join([0x20, 5, 0, 9], zeros(8), frame))),
    `${ip} gre erspan ethernet ${echo}`,
  ),
  row('EtherIP', over4(97, join([0x30, 0], frame)), `${ip} etherip ethernet ${echo}`),
  row('GRE in UDP', overUdp(4754, gre(0, 0x0800, [], inner)), `${inUdp} gre ${echo}`),
  row('MPLS in UDP', overUdp(6635, join(u32(0x0002_0140), inner)), `${inUdp} mpls ${echo}`),
  row('VXLAN', overUdp(4789, vxlan(7, frame)), `${inUdp} vxlan ethernet ${echo}`),
  row('VXLAN, Linux port', overUdp(8472, vxlan(7, frame)), `${inUdp} vxlan ethernet ${echo}`),
  row(
    'VXLAN-GPE with NSH',
    overUdp(4790, join([0x0c, 0, 0, 4], u32(7 * 256), [0, 6, 1, 1], zeros(20), inner)),
    `${inUdp} vxlan-gpe nsh ${echo}`,
  ),
  row('Geneve with options', overUdp(6081, geneve), `${inUdp} geneve ethernet ${echo}`),
  row(
    'GTP-U',
    overUdp(2152, join([0x34, 255], u16(8 + inner.length), u32(1), [0, 0, 0, 0x85], [1, 0, 0, 0], inner)),
    `${inUdp} gtpu ${echo}`,
  ),
  row(
    'L2TP',
    overUdp(1701, join(u16(0x0002), u16(1), u16(2), [0xff, 3], u16(0x21), inner)),
    `${inUdp} l2tp ppp ${echo}`,
  ),
  row('L2TPv3 over IP', over4(115, join(u32(9), frame)), `${ip} l2tp`),
  row('Teredo', overUdp(3544, join([0, 0], zeros(6), teredo)), `${inUdp} teredo ipv6`),
  row('Teredo elsewhere', overUdp(5555, teredo), `${inUdp} teredo ipv6`),
  row('AYIYA', overUdp(5072, join([0x41, 0x52, 0x11, 41], zeros(4 + 16 + 20), inner6)), `${inUdp} ayiya ipv6 udp`),
  row('ESP', over4(50, join(u32(0x1234), u32(1), zeros(40))), `${ip} esp`),
  row('ESP in UDP', overUdp(4500, join(u32(0x1234_5678), u32(1), zeros(40))), `${inUdp} udp-encap esp`),
  row('IKE in UDP 4500', overUdp(4500, join(u32(0), ike)), `${inUdp} udp-encap ike`),
  row('NAT keepalive', overUdp(4500, Uint8Array.of(0xff)), `${inUdp} udp-encap`),
  row('IKE', overUdp(500, ike), `${inUdp} ike`),
  row('AH', over4(51, join([4, 4, 0, 0], u32(5), u32(1), zeros(12), inner)), `${ip} ah ${echo}`),
  row('IPComp', over4(108, join([6, 0], u16(2), zeros(20))), `${ip} ipcomp`),
  row('OpenVPN', overUdp(1194, openvpnReset), `${inUdp} openvpn`),
  row('OpenVPN on TCP', over4(6, tcp(40_000, 443, join(u16(14), openvpnReset))), `${ip} tcp openvpn`),
  row(
    'PPTP control',
    over4(6, tcp(40_000, 1723, join(u16(156), u16(1), u32(0x1a2b_3c4d), u16(1), zeros(146)))),
    `${ip} tcp pptp`,
  ),
  row('SOCKS', over4(6, tcp(40_000, 1080, [5, 1, 0])), `${ip} tcp socks`),
  row(
    'CAPWAP with DTLS',
    overUdp(5246, join([1, 0, 0, 0], [22], u16(0xfeff), zeros(8), u16(4), zeros(4))),
    `${inUdp} capwap dtls`,
  ),
  row('DTLS', overUdp(443, join([23], u16(0xfefd), u16(1), zeros(6), u16(30), zeros(30))), `${inUdp} dtls`),
  row('QUIC', overUdp(443, join([0xc3], u32(1), [8], zeros(8), [0], zeros(60))), `${inUdp} quic`),
  row('disco', overUdp(41_641, join([0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac], zeros(32 + 24 + 34))), `${inUdp} disco`),
  row('WireGuard initiation', overUdp(51_820, initiation(1)), `${inUdp} wireguard`),
  row('WireGuard response', overUdp(51_820, response(2, 1)), `${inUdp} wireguard`),
  row('WireGuard data', overUdp(51_820, wireguardData(1, 0)), `${inUdp} wireguard`),
  row('WARP initiation', overUdp(2408, initiation(1, 0x78_0200)), `${inUdp} warp`),
  row('GTP-C', overUdp(2123, join([0x48, 1], u16(4), zeros(4))), `${inUdp} gtpc`),
  row(
    'Cisco MetaData',
    ethernet(0x8909, join([1, 1, 0, 1, 0, 5], u16(0x0800), inner)),
    `ethernet cisco-metadata ${echo}`,
  ),
];

/** Not a part of the table, because alone it is not believed. */
export const COOKIE_REPLY = overUdp(51_820, cookieReply(1));
