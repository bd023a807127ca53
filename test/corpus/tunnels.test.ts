import { describe, expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import type { TunnelsReport } from '../../src/capture/documents/capture-tunnels.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { TunnelTotals } from '../../src/capture/tunnels/tunnel-totals.ts';
import { tunnelLines } from '../../src/report/decode/tunnels-text.ts';
import { CORPUS_MISSING, corpusFiles, eachRecord, hasCorpus, truthOf } from '../support/corpus.ts';

function totalsOf(file: string): TunnelsReport {
  const dissector = new Dissector({ recogniser: new Recogniser(4096) });
  const stack = createLayerStack();
  const totals = new TunnelTotals();
  eachRecord(file, (record) => {
    dissector.dissect(record, stack);
    totals.add(record.frame, stack);
  });
  return totals.report();
}

/** Numbers by id and addresses, of frames that have one id: TShark lists those inside others too. */
function numbersOf(file: string, idColumn: string, numberColumn: string): Map<string, number[]> {
  const flows = new Map<string, number[]>();
  for (const row of truthOf(file)) {
    const [id = '', number = '', source = '', destination = ''] = [
      idColumn,
      numberColumn,
      row.get('ip.src') ? 'ip.src' : 'ipv6.src',
      row.get('ip.dst') ? 'ip.dst' : 'ipv6.dst',
    ].map((column) => row.get(column));
    if (id === '' || number === '' || `${id}${number}${source}`.includes(',')) continue;
    const key = `0x${Number(id).toString(16).padStart(8, '0')} ${source} ${destination}`;
    const numbers = flows.get(key) ?? [];
    numbers.push(Number(number));
    flows.set(key, numbers);
  }
  return flows;
}

describe.skipIf(!hasCorpus)(hasCorpus ? 'tunnels of the captures' : CORPUS_MISSING, () => {
  test('a super-datagram counts as what the wire has', () => {
    // Its README: 105 messages in 5 frames. Each has IPv4 and UDP headers of its own there.
    const [wireguard] = totalsOf('generated/udp-gso/sender.pcap').kinds;
    let payload = 0;
    eachRecord('generated/udp-gso/sender.pcap', ({ originalBytes }) => {
      payload += originalBytes - 14 - 28;
    });
    expect(wireguard).toMatchObject({
      kind: 'wireguard',
      packets: 105,
      outer_bytes: payload + 105 * 28,
      inner_bytes: payload - 105 * 32,
      overhead_bytes: 60,
    });
  });

  test.each([
    ['ipsec/ndpi-ipsec_isakmp_esp.pcap', 64],
    ['ipsec/08-sunrise-sunset-aes.pcap', 1],
    ['ipsec/suri-eve-flow-esp.pcap', 4],
  ])('%s: ESP has the sequence numbers that TShark sees', (file, count) => {
    const truth = numbersOf(file, 'esp.spi', 'esp.sequence');
    let checked = 0;
    for (const { id, from, to, sequence } of totalsOf(file).flows) {
      const numbers = truth.get(`${id?.replace('spi ', '')} ${from} ${to}`);
      if (numbers === undefined || sequence === null) continue;
      const different = new Set(numbers).size;
      expect(sequence).toMatchObject({
        received: different,
        lost: Math.max(...numbers) - Math.min(...numbers) + 1 - different,
        duplicated: numbers.length - different,
      });
      checked++;
    }
    expect(checked).toBe(count);
  });

  test.each([
    ['vxlan/ndpi-vxlan.pcap', 'vxlan.vni', 50],
    ['vxlan/zeek-vxlan-encapsulated-http.pcap', 'vxlan.vni', 50],
    ['geneve/suri-geneve.pcap', 'geneve.vni', 50],
  ])('%s: each network has as many packets as TShark sees, %s', (file, column, overhead) => {
    const counts = new Map<string, number>();
    for (const row of truthOf(file)) {
      const id = row.get(column);
      if (id) counts.set(`vni ${Number(id)}`, (counts.get(`vni ${Number(id)}`) ?? 0) + 1);
    }
    const { kinds, flows } = totalsOf(file);
    expect(counts.size).toBeGreaterThan(0);
    for (const [id, count] of counts) {
      expect(flows.filter((flow) => flow.id === id).reduce((sum, flow) => sum + flow.packets, 0)).toBe(count);
    }
    expect(kinds[0]?.overhead_bytes).toBe(overhead);
  });

  test.each(corpusFiles())('%s: ratios are ratios, and the text fits', (file) => {
    const report = totalsOf(file);
    for (const { outer_bytes, inner_bytes, payload_bytes, inner_ratio, goodput_ratio } of [
      ...report.kinds,
      ...report.flows,
    ]) {
      expect(inner_bytes ?? 0).toBeLessThanOrEqual(outer_bytes);
      expect(payload_bytes ?? 0).toBeLessThanOrEqual(inner_bytes ?? 0);
      for (const ratio of [inner_ratio ?? 0, goodput_ratio ?? 0]) {
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
      }
    }
    expect(tunnelLines(report).filter((line) => line.length > 80)).toEqual([]);
  });
});

describe.skipIf(!hasCorpus)(hasCorpus ? 'kinds that no capture has' : CORPUS_MISSING, () => {
  test.each(corpusFiles())('%s has no GUE, no FOU and no Weave sleeve', (file) => {
    const kinds = totalsOf(file).kinds.map(({ kind }) => kind);
    expect(kinds.filter((kind) => ['gue', 'fou', 'weave'].includes(kind))).toEqual([]);
  });
});
