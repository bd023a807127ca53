/**
 * Tunnels of every kind that the kernel has between two namespaces of a machine, and what ip(8) makes them of.
 *
 * ```text
 * near: line 192.0.2.1/24, 2001:db8::1/64     far: line 192.0.2.2/24, 2001:db8::2/64
 *       tunnel N: 10.0.N.1/24                       10.0.N.2/24
 * ```
 *
 * `{me}` and `{it}` are the last numbers of this end's addresses and of the other's.
 *
 * @module
 */

export interface TunnelCase {
  readonly name: string;
  /** `kind` of the path. */
  readonly kind: string;
  /** `null`: IPsec without a device. */
  readonly device: string | null;
  /** After `ip link add`; empty: made otherwise. */
  readonly link: string;
  /** Set where the kernel leaves it at that of the line. */
  readonly setMtu?: number;
  /** Of packets inside: as the kernel says, or without a device what RFC 4303 leaves of 1500. */
  readonly mtu: number;
  /** What of the line is the tunnel's, for pcap-filter(7). */
  readonly filter: string;
  /** `kind` of `winze decode`. */
  readonly decoded: string;
}

const LOCAL4 = 'local 192.0.2.{me} remote 192.0.2.{it}';
const LOCAL6 = 'local 2001:db8::{me} remote 2001:db8::{it}';
/** A destination option stands before GRE, and before IP, in IPv6. */
const BEHIND_OPTION = 'ip6[6] = 60 and ip6[40]';

export const TUNNELS: readonly TunnelCase[] = [
  {
    name: 'WireGuard',
    kind: 'wireguard',
    device: 'wg0',
    link: 'wg0 type wireguard',
    mtu: 1420,
    filter: 'udp port 51820',
    decoded: 'wireguard',
  },
  {
    name: 'VXLAN',
    kind: 'vxlan',
    device: 'vx4',
    link: `vx4 type vxlan id 42 ${LOCAL4} dstport 4789`,
    setMtu: 1450,
    mtu: 1450,
    filter: 'ip and udp dst port 4789',
    decoded: 'vxlan',
  },
  {
    name: 'Geneve',
    kind: 'geneve',
    device: 'gnv4',
    link: 'gnv4 type geneve id 43 remote 192.0.2.{it}',
    mtu: 1450,
    filter: 'ip and udp dst port 6081',
    decoded: 'geneve',
  },
  {
    name: 'GRE',
    kind: 'gre',
    device: 'tungre',
    link: `tungre type gre ${LOCAL4}`,
    mtu: 1476,
    filter: 'ip proto 47 and ip[22:2] = 0x0800',
    decoded: 'gre',
  },
  {
    name: 'GRETAP with a key',
    kind: 'gretap',
    device: 'tuntap',
    link: `tuntap type gretap ${LOCAL4} key 5`,
    mtu: 1458,
    filter: 'ip proto 47 and ip[22:2] = 0x6558',
    decoded: 'gretap',
  },
  {
    name: 'ERSPAN',
    kind: 'erspan',
    device: 'ers',
    link: `ers type erspan ${LOCAL4} seq key 100 erspan_ver 1 erspan 123`,
    mtu: 1450,
    filter: 'ip proto 47 and ip[22:2] = 0x88be',
    decoded: 'erspan',
  },
  {
    name: 'GRE over IPv6',
    kind: 'gre',
    device: 'gre6',
    link: `gre6 type ip6gre ${LOCAL6}`,
    mtu: 1448,
    filter: `${BEHIND_OPTION} = 47`,
    decoded: 'gre',
  },
  {
    name: 'IP in IP',
    kind: 'ipip',
    device: 'ipip1',
    link: `ipip1 type ipip ${LOCAL4}`,
    mtu: 1480,
    filter: 'ip proto 4',
    decoded: 'ipip',
  },
  {
    name: 'SIT',
    kind: 'sit',
    device: 'sit1',
    link: `sit1 type sit ${LOCAL4}`,
    mtu: 1480,
    filter: 'ip proto 41',
    decoded: '6in4',
  },
  {
    name: 'IP in IPv6',
    kind: 'ipip',
    device: 'tnl6',
    link: `tnl6 type ip6tnl mode any ${LOCAL6}`,
    mtu: 1452,
    filter: `${BEHIND_OPTION} = 4`,
    decoded: '4in6',
  },
  {
    name: 'FOU',
    kind: 'fou',
    device: 'fou1',
    link: 'fou1 type ipip local 192.0.2.1{me} remote 192.0.2.1{it} encap fou encap-sport auto encap-dport 5555',
    mtu: 1472,
    filter: 'udp dst port 5555',
    decoded: 'fou',
  },
  {
    name: 'GUE',
    kind: 'gue',
    device: 'gue1',
    link: 'gue1 type ipip local 192.0.2.2{me} remote 192.0.2.2{it} encap gue encap-sport auto encap-dport 6080',
    mtu: 1468,
    filter: 'udp dst port 6080',
    decoded: 'gue',
  },
  {
    name: 'MACsec',
    kind: 'macsec',
    device: 'macsec1',
    link: 'link line macsec1 type macsec encrypt on',
    mtu: 1468,
    filter: 'ether proto 0x88e5 and ether[14] & 0x0c != 0',
    decoded: 'macsec',
  },
  {
    name: 'MACsec, integrity alone',
    kind: 'macsec',
    device: 'macsec2',
    link: 'link line macsec2 type macsec port 2 encrypt off',
    mtu: 1468,
    filter: 'ether proto 0x88e5 and ether[14] & 0x0c = 0',
    decoded: 'macsec',
  },
  {
    name: 'ESP, tunnel mode, AES-GCM',
    kind: 'esp',
    device: 'xfrm1',
    link: 'xfrm1 type xfrm dev line if_id 7',
    setMtu: 1446,
    mtu: 1446,
    filter: 'ip proto 50 and ip[20:4] = 0x1001',
    decoded: 'esp',
  },
  {
    name: 'ESP, tunnel mode, ChaCha20-Poly1305',
    kind: 'esp',
    device: 'xfrm2',
    link: 'xfrm2 type xfrm dev line if_id 8',
    setMtu: 1446,
    mtu: 1446,
    filter: 'ip proto 50 and ip[20:4] = 0x2001',
    decoded: 'esp',
  },
  {
    name: 'ESP, transport mode, AES-GCM',
    kind: 'esp',
    device: null,
    link: '',
    mtu: 1466,
    filter: 'ip proto 50 and ip[20:4] = 0x3001',
    decoded: 'esp',
  },
  {
    name: 'ESP, transport mode, ChaCha20-Poly1305',
    kind: 'esp',
    device: null,
    link: '',
    mtu: 1466,
    filter: 'ip proto 50 and ip[20:4] = 0x4001',
    decoded: 'esp',
  },
];

/** Of the kernel; veth comes first. */
export const MODULES = [
  ...['veth', 'wireguard', 'vxlan', 'geneve', 'ip_gre', 'ip6_gre', 'ipip', 'sit', 'ip6_tunnel', 'fou', 'macsec'],
  ...['xfrm_user', 'xfrm_interface', 'esp4'],
];

/** Inside the tunnel; of IPsec in transport mode, more addresses of the line. */
export function addressOf(tunnel: TunnelCase, end: 1 | 2): string {
  const number = TUNNELS.indexOf(tunnel);
  if (tunnel.device === null) return `192.0.2.${number}${end}`;
  return tunnel.kind === 'sit' ? `fd00:${number}::${end}` : `10.0.${number}.${end}`;
}

/** Lines for `ip -batch` in the namespace of an end. */
export function linesOf(me: 1 | 2): readonly string[] {
  const it = me === 1 ? 2 : 1;
  const lines = [
    'link set lo up',
    // A packet each: what is counted on the line is what is on a wire.
    'link set line gso_max_segs 1 up',
    ...['', '1', '2'].map((tens) => `addr add 192.0.2.${tens}${me}/24 dev line`),
    `addr add 2001:db8::${me}/64 dev line nodad`,
    'fou add port 5555 ipproto 4',
    'fou add port 6080 gue',
  ];
  for (const tunnel of TUNNELS) {
    const { device, link, setMtu } = tunnel;
    const address = addressOf(tunnel, me);
    if (device === null) {
      lines.push(`addr add ${address}/24 dev line`);
      continue;
    }
    lines.push(`link add ${link}`, `addr add ${address}/${address.includes(':') ? '64' : '24'} dev ${device}`);
    lines.push(`link set ${device} gso_max_segs 1 ${setMtu === undefined ? '' : `mtu ${setMtu} `}up`);
  }
  // Neighbours are not asked again, which would be when the kernel likes.
  for (const device of WITH_ETHERNET) lines.push(`ntable change name arp_cache dev ${device} base_reachable 3600000`);
  const filled = lines.map((line) => line.replaceAll('{me}', `${me}`).replaceAll('{it}', `${it}`));
  const keys = MACSEC_DEVICES.map((device) => `macsec add ${device} tx sa 0 pn 1 on key ${MACSEC_KEY}`);
  return [...filled, ...keys, ...ipsecLines(me)];
}

/** Devices with Ethernet frames inside. */
const WITH_ETHERNET = ['vx4', 'gnv4', 'tuntap', 'ers', 'macsec1', 'macsec2'];
/** By their ports. */
const MACSEC_DEVICES = ['macsec1', 'macsec2'];
const MACSEC_KEY = '01 0123456789abcdef0123456789abcdef';

/** Once both ends are there: whose MACsec to hear. @param address - of the other end */
export function macsecLines(address: string): readonly string[] {
  return MACSEC_DEVICES.flatMap((device, i) => {
    const peer = `macsec add ${device} rx port ${i + 1} address ${address}`;
    return [peer, `${peer} sa 0 pn 1 on key ${MACSEC_KEY}`];
  });
}

const AES_GCM = 'aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128';
const CHACHA = `aead rfc7539esp(chacha20,poly1305) 0x${'00112233'.repeat(9)} 128`;

/** SPI and reqid are 1 to 4 in front for the tunnel, and the end that sends behind. */
function ipsecLines(me: 1 | 2): readonly string[] {
  const lines: string[] = [];
  for (const [index, tunnel] of TUNNELS.filter(({ kind }) => kind === 'esp').entries()) {
    const isTunnel = tunnel.device !== null;
    const ifId = isTunnel ? ` if_id ${7 + index}` : '';
    const algorithm = tunnel.name.includes('GCM') ? AES_GCM : CHACHA;
    for (const sender of [1, 2] as const) {
      const receiver = sender === 1 ? 2 : 1;
      // Without a device the client has the address that routes to the line give it.
      const ends = isTunnel ? { 1: '192.0.2.1', 2: '192.0.2.2' } : { 1: '192.0.2.1', 2: addressOf(tunnel, 2) };
      const id = `0x${index + 1}00${sender}`;
      const between = `src ${ends[sender]} dst ${ends[receiver]}`;
      const mode = isTunnel ? 'tunnel' : 'transport';
      const which = isTunnel ? '' : ` ${between}`;
      const template = `tmpl ${isTunnel ? `${between} ` : ''}proto esp reqid ${id} mode ${mode}`;
      lines.push(`xfrm state add ${between} proto esp spi ${id} reqid ${id} mode ${mode} ${algorithm}${ifId}`);
      lines.push(`xfrm policy add${which} dir ${sender === me ? 'out' : 'in'} ${template}${ifId}`);
    }
  }
  return lines;
}
