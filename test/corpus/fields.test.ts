import { expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { LAYER } from '../../src/capture/dissect/layer-kind.ts';
import { createLayerStack, type LayerStack, offsetAt } from '../../src/capture/dissect/layer-stack.ts';
import { readGeneveVni } from '../../src/capture/layers/encapsulation/geneve.ts';
import { readGreKey, readGreSequence } from '../../src/capture/layers/encapsulation/gre.ts';
import { readTeid } from '../../src/capture/layers/encapsulation/gtp.ts';
import { readVni } from '../../src/capture/layers/encapsulation/vxlan.ts';
import { readDtlsContentType } from '../../src/capture/layers/encrypted/dtls.ts';
import { readAhSequence, readAhSpi, readEspSequence, readEspSpi } from '../../src/capture/layers/encrypted/ipsec.ts';
import {
  readCounter,
  readMessageType,
  readReceiverIndex,
  readSenderIndex,
} from '../../src/capture/layers/encrypted/wireguard.ts';
import { readIcmpType } from '../../src/capture/layers/ip/icmp.ts';
import { readVlanId } from '../../src/capture/layers/link/ethernet.ts';
import { readPppoeSession } from '../../src/capture/layers/link/ppp.ts';
import { readDestinationPort, readSourcePort } from '../../src/capture/layers/transport/udp.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { CORPUS_MISSING, corpusFiles, eachRecord, hasCorpus, truthOf } from '../support/corpus.ts';

type Read = (bytes: Uint8Array, at: number) => number | string | null;

const ipv4 =
  (offset: number): Read =>
  (bytes, at) =>
    bytes.subarray(at + offset, at + offset + 4).join('.');
const hex =
  (read: (bytes: Uint8Array, at: number) => number | null): Read =>
  (bytes, at) => {
    const value = read(bytes, at);
    return value === null ? null : `0x${value.toString(16).padStart(8, '0')}`;
  };
const ofType =
  (types: readonly number[], read: Read): Read =>
  (bytes, at) =>
    types.includes(readMessageType(bytes, at)) ? read(bytes, at) : null;

/** TShark's column, the layer it is of, and how winze reads it. */
const FIELDS: readonly (readonly [column: string, kind: number, read: Read])[] = [
  ['ip.src', LAYER.ipv4, ipv4(12)],
  ['ip.dst', LAYER.ipv4, ipv4(16)],
  ['vlan.id', LAYER.vlan, readVlanId],
  ['udp.srcport', LAYER.udp, readSourcePort],
  ['udp.dstport', LAYER.udp, readDestinationPort],
  ['tcp.srcport', LAYER.tcp, readSourcePort],
  ['tcp.dstport', LAYER.tcp, readDestinationPort],
  ['icmp.type', LAYER.icmpv4, readIcmpType],
  ['icmpv6.type', LAYER.icmpv6, readIcmpType],
  ['vxlan.vni', LAYER.vxlan, readVni],
  ['geneve.vni', LAYER.geneve, hex6(readGeneveVni)],
  ['gre.key', LAYER.gre, hex(readGreKey)],
  ['gre.sequence_number', LAYER.gre, readGreSequence],
  ['gtp.teid', LAYER.gtpu, hex(readTeid)],
  ['esp.spi', LAYER.esp, hex(readEspSpi)],
  ['esp.sequence', LAYER.esp, readEspSequence],
  ['ah.spi', LAYER.ah, hex(readAhSpi)],
  ['ah.sequence', LAYER.ah, readAhSequence],
  ['pppoe.session_id', LAYER.pppoe, hex4(readPppoeSession)],
  ['dtls.record.content_type', LAYER.dtls, readDtlsContentType],
  ['wg.type', LAYER.wireguard, readMessageType],
  ['wg.sender', LAYER.wireguard, ofType([1, 2], hex(readSenderIndex))],
  ['wg.receiver', LAYER.wireguard, ofType([2, 3, 4], hex(readReceiverIndex))],
  ['wg.counter', LAYER.wireguard, ofType([4], readCounter)],
];

function hex6(read: (bytes: Uint8Array, at: number) => number): Read {
  return (bytes, at) => `0x${read(bytes, at).toString(16).padStart(6, '0')}`;
}

function hex4(read: (bytes: Uint8Array, at: number) => number): Read {
  return (bytes, at) => `0x${read(bytes, at).toString(16).padStart(4, '0')}`;
}

function valuesOf(stack: LayerStack, kind: number, read: Read): string[] {
  const out: string[] = [];
  for (let i = 0; i < stack.count; i++) {
    if (stack.kinds[i] !== kind) continue;
    const value = read(stack.bytes, offsetAt(stack, i));
    if (value !== null) out.push(String(value));
  }
  return out;
}

/** What TShark does not read, or reads by another name. */
const SKIPPED: Record<string, readonly string[]> = {
  'geneve/bigtcp-ipv4-geneve-ipv4.pcap': ['*'],
  // TShark has a column of its own for the outer tag, and for the flow label of version 0.
  'linktypes/802.1ad_QinQ.pcap': ['vlan.id'],
  'gtp/zeek-pdp_ctx_messages.pcapng': ['gtp.teid'],
  'teredo/zeek-teredo_bubble_with_payload.pcap': ['*'],
  // Not WireGuard.
  'wireguard-negative/ndpi-lol_wild_rift_udp.pcap': ['wg.type', 'wg.receiver', 'wg.counter'],
  'wireguard-negative/ndpi-zoom.pcap': ['wg.type', 'wg.receiver', 'wg.counter'],
};

let compared = 0;

test.skipIf(!hasCorpus).each(corpusFiles())('%s has the addresses, ports and numbers that TShark reads', (file) => {
  const truth = truthOf(file);
  const dissector = new Dissector({ recogniser: new Recogniser(4096) });
  const stack = createLayerStack();
  const wrong: string[] = [];
  const skipped = SKIPPED[file] ?? [];
  if (skipped.includes('*')) return;
  eachRecord(file, (record) => {
    dissector.dissect(record, stack);
    // What a first fragment shows, TShark shows when the packet is whole.
    if (stack.fragment === 'first') return;
    const row = truth[record.frame - 1];
    for (const [column, kind, read] of FIELDS) {
      if (skipped.includes(column)) continue;
      const got = valuesOf(stack, kind, read);
      const want = (row?.get(column) ?? '').split(',').filter((value) => value !== '');
      compared += got.length;
      // TShark goes on into what winze takes for payload; what both see must be the same.
      if (got.join() !== want.slice(0, got.length).join() || (kind === LAYER.wireguard && got.length !== want.length)) {
        wrong.push(`${record.frame} ${column}: got ${got}, want ${want}`);
      }
    }
  });
  expect(wrong.slice(0, 10)).toEqual([]);
});

test.skipIf(!hasCorpus)(hasCorpus ? 'thousands of values were compared' : CORPUS_MISSING, () => {
  expect(compared).toBeGreaterThan(20_000);
});
