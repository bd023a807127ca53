/**
 * What tunnels are over besides a bare line: a bridge, a VLAN on it; and IPsec whose keys strongSwan agreed on. What winze
 * captures there, live.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPeers } from '../interop/support/peers.ts';
import {
  batch,
  countedRatio,
  DeviceLab,
  type LinkFacts,
  type Measured,
  NAMESPACES,
  wireguard,
} from './support/device-lab.ts';
import { liveAndRead } from './support/live-captures.ts';
import { type ChildSa, ikeLines, spiOf } from './support/strongswan.ts';

const PAYLOAD_BYTES = 28_672;
const MODULES = ['veth', 'bridge', '8021q', 'wireguard', 'vxlan', 'xfrm_user', 'xfrm_interface', 'esp4'];
const AES_GCM = 'rfc4106(gcm(aes))';
const CHACHA = 'rfc7539esp(chacha20,poly1305)';

const CHILDREN: readonly ChildSa[] = [
  { name: 'device', proposal: 'aes128gcm16', local: '0.0.0.0/0', remote: '0.0.0.0/0', ifId: 42 },
  {
    name: 'policy',
    proposal: 'chacha20poly1305',
    local: '10.5.{me}.0/24',
    remote: '10.5.{it}.0/24',
    ifId: null,
  },
];

/** What tunnels are compared with: packets of the same device beneath, and what the line has of them. */
const BRIDGE = {
  device: 'br0',
  address: '192.0.2.2',
  mtu: 1500,
  filter: 'tcp and dst host 192.0.2.2 and dst port 8888',
};
/** As where a line has no room for the tag: 4 octets less. */
const VLAN = {
  device: 'br0.100',
  address: '198.51.100.2',
  mtu: 1496,
  filter: 'vlan 100 and tcp and dst host 198.51.100.2 and dst port 8888',
};

/** Neighbours are asked when the kernel likes, also when one of two captures already and the other does not. */
const WATCHED = { br0: 'not arp and not (vlan and arp)', ike0: 'ip' };
const ENDS = ['near', 'far'] as const;

interface Case {
  readonly name: string;
  readonly over: typeof BRIDGE;
  readonly address: string;
  readonly kind: string;
  readonly device: string;
  /** `null`: WireGuard does not say what it is over. */
  readonly layers: readonly string[] | null;
  readonly mtu: number;
  readonly filter: (states: string) => string;
}

const CASES: readonly Case[] = [
  {
    ...{ name: 'WireGuard over a bridge', over: BRIDGE, address: '10.1.0.2' },
    ...{ kind: 'wireguard', device: 'wg0', layers: null, mtu: 1420 },
    filter: () => 'udp dst port 51820',
  },
  {
    ...{ name: 'WireGuard over a VLAN', over: VLAN, address: '10.2.0.2' },
    ...{ kind: 'wireguard', device: 'wg100', layers: null, mtu: 1420 },
    filter: () => 'vlan 100 and udp dst port 51821',
  },
  {
    ...{ name: 'VXLAN over a VLAN', over: VLAN, address: '10.3.0.2' },
    ...{ kind: 'vxlan', device: 'vx100', layers: ['vxlan'], mtu: 1446 },
    filter: () => 'vlan 100 and udp dst port 4789',
  },
  {
    ...{ name: 'strongSwan, AES-GCM, a device', over: BRIDGE, address: '10.4.0.2' },
    ...{ kind: 'esp', device: 'ike0', layers: ['esp'], mtu: 1446 },
    filter: (states) => `ip proto 50 and ip[20:4] = ${spiOf(states, '192.0.2.1', AES_GCM)}`,
  },
  {
    ...{ name: 'strongSwan, ChaCha20-Poly1305, policies', over: BRIDGE, address: '10.5.2.1' },
    ...{ kind: 'esp', device: 'br0', layers: ['esp'], mtu: 1446 },
    filter: (states) => `ip proto 50 and ip[20:4] = ${spiOf(states, '192.0.2.1', CHACHA)}`,
  },
];

const skipped = missingPeers(['kernel', 'tcpdump', 'wg', 'ip', 'ethtool']);

describe.skipIf(skipped)('tunnels over a bridge, a VLAN, and by strongSwan', () => {
  let lab: DeviceLab;
  let measured: ReadonlyMap<string, Measured>;
  let links: ReadonlyMap<string, LinkFacts>;
  let states: string;

  beforeAll(async () => {
    lab = await DeviceLab.begin(MODULES);
    await lab.sh(layOut());
    await lab.sh(ikeLines(CHILDREN));
    links = await lab.links();
    states = await lab.sh('ip -n near xfrm state');
    const group = (over: typeof BRIDGE): string[] => [
      over.address,
      ...CASES.filter((one) => one.over === over).map(({ address }) => address),
    ];
    // Keepalives of WireGuard end with its devices.
    const quieten = ENDS.flatMap((end) => ['wg0', 'wg100'].map((device) => `ip -n ${end} link set ${device} down`));
    const watch = { devices: WATCHED, by: 'process', quieten: quieten.join('\n') } as const;
    measured = await lab.compare(PAYLOAD_BYTES, [group(BRIDGE), group(VLAN)], watch);
  }, 900_000);
  afterAll(() => lab?.end());

  test.each([BRIDGE, VLAN])('$device is no tunnel, and has its MTU', ({ address, device, mtu }) => {
    const end = { device, kind: 'virtual', mtu_bytes: mtu, encapsulation: [] };
    expect(measured.get(address)?.path).toMatchObject({ client: end, server: end, notes: [], error: null });
  });

  test.each(CASES)('$name is recognised at both ends, with its MTU', ({ address, kind, device, layers, mtu }) => {
    const { path, test: through } = measured.get(address) ?? {};
    expect(path?.error).toBeNull();
    const end = { kind, device, mtu_bytes: mtu };
    expect(path).toMatchObject({ client: end, server: end, same_server: true, notes: [] });
    expect(path?.client.encapsulation?.map((layer) => layer.kind) ?? null).toEqual(layers);
    if (device !== 'br0') expect(links.get(device)?.mtu).toBe(mtu);
    expect(through).toMatchObject({ flows: [{ tcp: { pmtu_bytes: mtu } }] });
  });

  test.each(CASES)(
    '$name has the ceiling that tcpdump counts, within 0.2 %',
    ({ name, address, over, mtu, filter }) => {
      // IP, TCP and its timestamps (RFC 7323).
      const line = countedRatio(lab.frames(over.filter), PAYLOAD_BYTES, over.mtu - 52);
      const inside = countedRatio(lab.frames(filter(states)), PAYLOAD_BYTES, mtu - 52);
      const ceiling = measured.get(address)?.overhead?.ceiling_ratio ?? Number.NaN;
      console.info(`${name}: ceiling ${ceiling.toFixed(5)}, counted ${(inside / line).toFixed(5)}`);
      expect(Math.abs(ceiling / (inside / line) - 1)).toBeLessThan(0.002);
    },
  );

  test.each(Object.keys(WATCHED))(
    'winze capture on %s, live, says what winze decode says of a file of tcpdump',
    (device) => {
      const { live, read } = liveAndRead(lab.watched(device));
      expect(live.file).toMatchObject({ name: device, dropped_packets: 0 });
      expect({ ...live, file: null }).toEqual({ ...read, file: null });
      const kinds = read.tunnels.kinds.map(({ kind }) => kind).sort();
      expect(kinds).toEqual(device === 'br0' ? ['esp', 'vxlan', 'wireguard'] : []);
    },
  );
});

function layOut(): string {
  const ends = [
    ['near', 1, 2],
    ['far', 2, 1],
  ] as const;
  return [
    NAMESPACES,
    ...ends.flatMap(([end, me, it]) => [
      // Routers are asked for when the kernel likes.
      `ip netns exec ${end} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1`,
      batch(end, linesOf(me, it)),
    ]),
    ...ends.flatMap(([end, , it]) => [
      wireguard(end, 'wg0', 51820, '10.1.0.0/24', it),
      wireguard(end, 'wg100', 51821, '10.2.0.0/24', it, '198.51.100'),
    ]),
  ].join('\n');
}

function linesOf(me: 1 | 2, it: 1 | 2): readonly string[] {
  const up = (device: string): string => `link set ${device} gso_max_segs 1 up`;
  return [
    'link set lo up',
    'link add br0 type bridge mcast_snooping 0',
    'link set line master br0',
    up('line'),
    up('br0'),
    `addr add 192.0.2.${me}/24 dev br0`,
    // For policies: whose packets they are for.
    `addr add 10.5.${me}.1/24 dev br0`,
    `link add link br0 name br0.100 mtu ${VLAN.mtu} type vlan id 100`,
    up('br0.100'),
    `addr add 198.51.100.${me}/24 dev br0.100`,
    'link add wg0 type wireguard',
    'link add wg100 type wireguard',
    `link add vx100 type vxlan id 100 local 198.51.100.${me} remote 198.51.100.${it} dstport 4789 dev br0.100`,
    'link add ike0 mtu 1446 type xfrm dev br0 if_id 42',
    ...['wg0', 'wg100', 'vx100', 'ike0'].flatMap((device, i) => [
      `addr add 10.${i + 1}.0.${me}/24 dev ${device}`,
      up(device),
    ]),
    // So is a neighbour, once more.
    ...['br0', 'br0.100', 'vx100'].map((device) => `ntable change name arp_cache dev ${device} base_reachable 3600000`),
  ];
}
