import { expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { LAYER } from '../../src/capture/dissect/layer-kind.ts';
import { createLayerStack, type LayerStack } from '../../src/capture/dissect/layer-stack.ts';
import { layerName } from '../../src/capture/dissect/layer-table.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { CORPUS_MISSING, corpusFiles, eachRecord, hasCorpus, truthOf } from '../support/corpus.ts';

/** What TShark calls the layers that winze knows. At the first name that is not here, its stack is cut. */
const NAMES: Record<string, string> = {
  eth: 'ethernet',
  vlan: 'vlan',
  ieee8021ad: 'vlan',
  llc: 'llc',
  sll: 'sll',
  null: 'loopback',
  ppp: 'ppp',
  pppoes: 'pppoe',
  pppoed: 'pppoe',
  mpls: 'mpls',
  arp: 'arp',
  ip: 'ipv4',
  ipv6: 'ipv6',
  'ipv6.hopopts': 'hop-by-hop',
  'ipv6.routing': 'routing',
  'ipv6.fraghdr': 'fragment',
  'ipv6.dstopts': 'destination-options',
  icmp: 'icmp',
  icmpv6: 'icmpv6',
  igmp: 'igmp',
  udp: 'udp',
  tcp: 'tcp',
  gre: 'gre',
  erspan: 'erspan',
  vxlan: 'vxlan',
  nsh: 'nsh',
  geneve: 'geneve',
  wg: 'wireguard',
  udpencap: 'udp-encap',
  esp: 'esp',
  ah: 'ah',
  ipcomp: 'ipcomp',
  isakmp: 'ike',
  openvpn: 'openvpn',
  gtp: 'gtpu',
  gtpprime: 'gtpu',
  l2tp: 'l2tp',
  pptp: 'pptp',
  teredo: 'teredo',
  ayiya: 'ayiya',
  capwap: 'capwap',
  'capwap.data': 'capwap',
  dtls: 'dtls',
  quic: 'quic',
  socks: 'socks',
  cmd: 'cisco-metadata',
};
/** Not layers: how TShark got from one to the next. */
const TRANSPARENT = new Set(['ethertype', 'raw']);

function expected(protocols: string): string {
  const out: string[] = [];
  for (const name of protocols.split(':')) {
    if (TRANSPARENT.has(name)) continue;
    const known = NAMES[name];
    if (known === undefined) break;
    out.push(known);
  }
  return out.join(' ');
}

/** Frames in which winze says something else than TShark, and why. */
interface Deviation {
  readonly count: number;
  readonly got: string;
  readonly why: string;
}

const DEVIATIONS: Record<string, readonly Deviation[]> = {
  'geneve/bigtcp-ipv4-geneve-ipv4.pcap': [
    { count: 1, got: 'ethernet ipv4 udp geneve ethernet ipv4 tcp', why: 'TShark stops at BIG TCP, total length 0' },
  ],
  'l2tp-ppp/ndpi-pptp.pcap': [
    { count: 1, got: 'ethernet ipv4 tcp pptp', why: 'a retransmission, which TShark does not dissect again' },
  ],
  'malformed/zeek-mpls-6in6-6in6-4in6-trunc.pcap': [
    {
      count: 1,
      got: 'ethernet mpls ipv6 ipv6',
      why: 'TShark names the last layer that does not fit, winze the first whose length is a lie',
    },
  ],
  'socks/zeek-socks.pcap': [
    { count: 3, got: 'ethernet ipv4 tcp socks', why: 'not on port 1080: TShark does not look' },
  ],
  'teredo/zeek-teredo_bubble_with_payload.pcap': [
    { count: 1, got: 'ethernet ipv4 udp teredo ipv6 icmpv6', why: 'not on port 3544: TShark does not look' },
    { count: 22, got: 'ethernet ipv4 udp teredo ipv6 tcp', why: 'not on port 3544: TShark does not look' },
  ],
  'vxlan/nsh-over-vxlan-gpe.pcap': [
    {
      count: 1,
      got: 'ethernet ipv4 udp vxlan-gpe nsh ipv4 udp',
      why: 'TShark 4.0 calls VXLAN-GPE by the name of its cargo',
    },
  ],
  'vxlan/zeek-vxlan-encapsulated-igmp-v2.pcap': [
    {
      count: 3,
      got: 'ethernet ipv4 udp vxlan ethernet ipv4 igmp',
      why: 'TShark counts IGMP by version, as two layers',
    },
  ],
  'wireguard/ndpi-tailscale.pcap': [
    { count: 61, got: 'ethernet ipv4 udp disco', why: 'TShark 4.0 does not know disco' },
  ],
  'wireguard-negative/ndpi-lol_wild_rift_udp.pcap': [
    { count: 3, got: 'ipv4 udp', why: 'a game that begins with 04 00 00 00: not WireGuard' },
  ],
  'wireguard-negative/ndpi-zoom.pcap': [
    { count: 33, got: 'ethernet vlan vlan ipv4 udp gtpu ipv4 udp', why: 'Zoom in GTP-U: not WireGuard' },
  ],
};

test.skipIf(!hasCorpus)(hasCorpus ? 'captures are there' : CORPUS_MISSING, () => {
  expect(corpusFiles().length).toBeGreaterThan(80);
});

test.each(corpusFiles())('%s has the layers that TShark sees', (file) => {
  const truth = truthOf(file);
  const dissector = new Dissector({ recogniser: new Recogniser(4096) });
  const stack = createLayerStack();
  const differences = new Map<string, number[]>();
  const excused = (DEVIATIONS[file] ?? []).map(({ got }) => ({ got, count: 0 }));
  const read = eachRecord(file, (record) => {
    dissector.dissect(record, stack);
    const want = expected(truth[record.frame - 1]?.get('frame.protocols') ?? '');
    const got = comparable(stack);
    const withBroken = stack.error === null ? got : `${got} ${kindName(stack.errorKind)}`;
    if (want === got || want === withBroken) return;
    const deviation = excused.find((one) => one.got === got);
    if (deviation !== undefined) {
      deviation.count++;
      return;
    }
    const key = `${want} | ${got} | ${stack.error} at ${stack.errorOffset}`;
    differences.set(key, [...(differences.get(key) ?? []), record.frame]);
  });
  expect(Object.fromEntries(differences)).toEqual({});
  expect(excused).toEqual((DEVIATIONS[file] ?? []).map(({ got, count }) => ({ got, count })));
  expect(read).toBe(truth.length);
});

/** GTP-C and GTP-U are one name to TShark, and it names a layer that it began and could not finish. */
function kindName(kind: number): string {
  return kind === LAYER.gtpc ? 'gtpu' : kind === LAYER.warp ? 'wireguard' : layerName(kind);
}

/** The stack as TShark has it: a packet that is not yet whole ends with IP. */
function comparable(stack: LayerStack): string {
  const kinds = [...stack.kinds.subarray(0, stack.count)];
  if (stack.fragment === 'first') {
    while (kinds.length > 0 && kinds.at(-1) !== LAYER.ipv4 && kinds.at(-1) !== LAYER.fragment) kinds.pop();
  }
  return kinds.map(kindName).join(' ');
}
