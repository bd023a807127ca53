/**
 * Nodes as network plugins of Kubernetes set them up: names of devices, MTUs, and routes to the pods of the other node.
 *
 * ```text
 * near: line 192.0.2.1/24, pods 10.N.1.0/24     far: line 192.0.2.2/24, pods 10.N.2.0/24
 * ```
 *
 * The choice of the far end, which Cilium's programs of BPF and Antrea's Open vSwitch make, a route makes here (`encap ip`).
 *
 * @module
 */

export interface CniLayout {
  readonly name: string;
  readonly device: string;
  readonly kind: string;
  /** `null`: the kernel does not say what WireGuard is over. */
  readonly layers: readonly string[] | null;
  /** Of packets to pods, for a line of 1500. */
  readonly mtu: number;
  /** Larger where the plugin reduces it on the route alone. */
  readonly deviceMtu: number;
  /** What of the line is the tunnel's, for pcap-filter(7). */
  readonly filter: string;
  /** Of a node, in the range of its pods. */
  readonly address: (end: End) => string;
  /** For `ip -batch` in the namespace of a node. */
  readonly lines: (me: End, it: End) => readonly string[];
  /** For `bridge -batch`. */
  readonly forwarding?: (it: End) => string;
  /** Device, port and AllowedIPs. */
  readonly wireguard?: (it: End) => readonly [string, number, string];
}

export type End = 1 | 2;

const mac = (end: End): string => `0a:00:00:00:00:0${end}`;

/** Where a device of Ethernet finds the other node. */
const neighbour = (address: string, device: string, it: End): string =>
  `neigh add ${address} lladdr ${mac(it)} dev ${device} nud permanent`;

function vxlan(name: string, device: string, number: number, words: string, filter: string): CniLayout {
  const address = (end: End): string => `10.${number}.${end}.0`;
  return {
    ...{ name, device, kind: 'vxlan', layers: ['vxlan'], mtu: 1450, deviceMtu: 1450, filter, address },
    lines: (me, it) => [
      `link add ${device} address ${mac(me)} type vxlan ${words} local 192.0.2.${me} dev line nolearning`,
      `addr add ${address(me)}/32 dev ${device}`,
      `link set ${device} mtu 1450 gso_max_segs 1 up`,
      neighbour(address(it), device, it),
      `route add ${address(it)}/24 via ${address(it)} dev ${device} onlink`,
    ],
    forwarding: (it) => `fdb append ${mac(it)} dev ${device} dst 192.0.2.${it}`,
  };
}

interface External {
  readonly number: number;
  readonly layers: readonly string[];
  readonly mtu: number;
  readonly deviceMtu: number;
  readonly filter: string;
  /** That has the address; the tunnel itself if left out. */
  readonly host?: string;
}

/** A device that takes the far end from the route. */
function external(name: string, device: string, words: string, options: External): CniLayout {
  const { number, mtu, deviceMtu, layers, host = device } = options;
  const address = (end: End): string => `10.${number}.${end}.1`;
  const reduced = mtu < deviceMtu ? ` mtu ${mtu}` : '';
  return {
    ...options,
    ...{ name, device, kind: layers[0] ?? '', address },
    lines: (me, it) => [
      `link add ${device} address ${mac(me)} type ${layers[0]} external ${words}`,
      `link set ${device} mtu ${deviceMtu} gso_max_segs 1 up`,
      `addr add ${address(me)}/32 dev ${host}`,
      neighbour(address(it), device, it),
      `route add 10.${number}.${it}.0/24 encap ip id 100 dst 192.0.2.${it} via ${address(it)} dev ${device} onlink src ${address(me)}${reduced}`,
    ],
  };
}

/** All of them fit on one pair of nodes. */
export const PLUGINS: readonly CniLayout[] = [
  vxlan('Flannel, VXLAN', 'flannel.1', 244, 'id 1 dstport 8472', 'udp dst port 8472'),
  vxlan('Calico, VXLAN', 'vxlan.calico', 245, 'id 4096 dstport 4789', 'udp dst port 4789'),
  {
    name: 'Calico, IPIP',
    device: 'tunl0',
    kind: 'ipip',
    layers: ['ipip'],
    mtu: 1480,
    deviceMtu: 1480,
    filter: 'ip proto 4',
    address: (end) => `10.246.${end}.0`,
    lines: (me, it) => [
      `addr add 10.246.${me}.0/32 dev tunl0`,
      'link set tunl0 mtu 1480 gso_max_segs 1 up',
      `route add 10.246.${it}.0/24 via 192.0.2.${it} dev tunl0 onlink`,
    ],
  },
  {
    name: 'Calico, WireGuard',
    device: 'wireguard.cali',
    kind: 'wireguard',
    layers: null,
    mtu: 1440,
    deviceMtu: 1440,
    filter: 'udp dst port 51820',
    address: (end) => `10.247.${end}.0`,
    lines: (me, it) => [
      'link add wireguard.cali mtu 1440 type wireguard',
      `addr add 10.247.${me}.0/32 dev wireguard.cali`,
      'link set wireguard.cali gso_max_segs 1 up',
      `route add 10.247.${it}.0/24 dev wireguard.cali`,
    ],
    wireguard: (it) => ['wireguard.cali', 51820, `10.247.${it}.0/24`],
  },
  external('Antrea, Geneve', 'antrea-tun0', 'dstport 6081', {
    number: 248,
    layers: ['geneve'],
    mtu: 1450,
    deviceMtu: 1450,
    filter: 'udp dst port 6081',
  }),
];

const CILIUM_HOST = [
  'link add cilium_host type veth peer name cilium_net',
  'link set cilium_net up',
  'link set cilium_host up',
];

/** Ports of theirs are those of others above: a pair of nodes of their own. */
export const CILIUM: readonly CniLayout[] = [
  external('Cilium, Geneve', 'cilium_geneve', 'dstport 6081', {
    number: 249,
    layers: ['geneve'],
    mtu: 1450,
    deviceMtu: 1500,
    filter: 'udp dst port 6081',
    host: 'cilium_host',
  }),
  external('Cilium, WireGuard over VXLAN', 'cilium_vxlan', 'dstport 8472', {
    number: 250,
    layers: ['vxlan', 'wireguard'],
    mtu: 1370,
    deviceMtu: 1500,
    filter: 'udp dst port 51871',
    host: 'cilium_host',
  }),
];

/** Before the layouts of `CILIUM`. */
export function ciliumLines(me: End, it: End): readonly string[] {
  return [
    ...CILIUM_HOST,
    'link add cilium_wg0 mtu 1420 type wireguard',
    'link set cilium_wg0 gso_max_segs 1 up',
    'rule add ipproto udp dport 8472 lookup 200',
    `route add 192.0.2.${it} dev cilium_wg0 table 200 src 192.0.2.${me}`,
  ];
}
