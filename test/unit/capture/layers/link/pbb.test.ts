import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../../../src/capture/filter/parse-filter.ts';
import { TunnelTotals } from '../../../../../src/capture/tunnels/tunnel-totals.ts';
import { fromHex } from '../../../../../src/core/bytes.ts';
import { LineWriter } from '../../../../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../../../../src/report/decode/lines/packet-lines.ts';
import { Bench, join, recordOf } from '../../../../support/packets.ts';

/** TShark 4.0: eth:ethertype:ieee8021ah:ethertype:ip:udp, I-SID 66051, inner source 02:00:00:00:00:0a and 10.0.0.1. */
const FRAME =
  fromHex(
    '02000000000202000000000188e7' +
      '70010203' +
      '02000000000b02000000000a0800' +
      '4500002000010000401100000a0000010a000002' +
      '03e807d0000c000001020304',
  ) ?? Uint8Array.of();
const PACKET_BYTES = 32;
const LAYERS = 'ethernet pbb ethernet ipv4 udp';

describe('PBB (IEEE 802.1Q §9.7)', () => {
  test('a frame in a frame', () => {
    expect(new Bench().layers(FRAME)).toBe(LAYERS);
  });

  test('after a backbone VLAN tag', () => {
    const tagged = join(FRAME.subarray(0, 12), [0x88, 0xa8, 0, 100], FRAME.subarray(12));
    expect(new Bench().layers(tagged)).toBe(LAYERS.replace('ethernet', 'ethernet vlan'));
  });

  test('cut inside the tag', () => {
    const bench = new Bench();
    expect(bench.layers(FRAME.subarray(0, 17))).toBe('ethernet');
    expect(bench.stack.error).toBe('bad-length');
  });

  test('with another format is not dissected', () => {
    const bench = new Bench();
    expect(bench.layers(FRAME.map((octet, i) => (i === 14 ? 0x71 : octet)))).toBe('ethernet');
    expect(bench.stack.error).toBe('bad-version');
  });

  test('counts as a tunnel with the service id', () => {
    const bench = new Bench();
    bench.layers(FRAME);
    const totals = new TunnelTotals();
    totals.add(1, bench.stack);
    const { kinds, flows } = totals.report();
    expect(kinds).toMatchObject([
      { kind: 'pbb', inner_bytes: PACKET_BYTES, overhead_bytes: 18, header_bytes: { least: 18, most: 18 } },
    ]);
    expect(flows).toMatchObject([{ kind: 'pbb', id: 'isid 66051', from: null }]);
  });

  test('is named in packet lines and filters', () => {
    const bench = new Bench();
    bench.layers(FRAME);
    const out = new LineWriter();
    const options = { verbose: false, hex: false, utcOffsetS: () => 0 };
    new PacketPrinter(out, options).print(recordOf(FRAME), bench.stack);
    expect(Buffer.from(out.take()).toString('latin1')).toBe(
      '22:13:20.000000 PBB\n    IP 10.0.0.1.1000 > 10.0.0.2.2000: UDP, length 4\n',
    );
    for (const filter of ['pbb', 'tunnel pbb']) expect(parseFilter(filter, () => undefined).ok, filter).toBe(true);
  });
});
