import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../../../src/capture/filter/parse-filter.ts';
import { TunnelTotals } from '../../../../../src/capture/tunnels/tunnel-totals.ts';
import { fromHex } from '../../../../../src/core/bytes.ts';
import { LineWriter } from '../../../../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../../../../src/report/decode/lines/packet-lines.ts';
import { Bench, join, recordOf } from '../../../../support/packets.ts';

const octets = (hex: string): Uint8Array => fromHex(hex) ?? Uint8Array.of();
const ADDRESSES = '020000000002020000000001';
const ICV = 'cc0b1899183586765d7e4d41e4363f09';
const PACKET = '4500002000010000401100000a0000010a00000203e807d0000c000001020304';
const PACKET_BYTES = 32;

/** tshark 4.0: eth:ethertype:macsec:ethertype:ip:udp, AN 0, SL 34, PN 7, 02:00:00:00:00:01 port 1. */
const PLAIN = octets(`${ADDRESSES}88e520220000000702000000000100010800${PACKET}${ICV}`);
/** The same with a tag of the frame before it: vlan:ethertype:macsec:ethertype:ip:udp. */
const TAGGED = join(PLAIN.subarray(0, 12), [0x81, 0, 0, 100], PLAIN.subarray(12));
/** Without an SCI, from an end station, of 102 octets: AN 1, SL 0, PN 8. */
const LONG = octets(
  `${ADDRESSES}88e54100000000080800` +
    `450000640001000040110000${'0a0000010a000002'}03e807d000500000${'5a'.repeat(72)}bd25771a4681c7534951939f15261427`,
);
/** IEEE 802.1AE-2018 annex C, 54 octets with GCM-AES-128: integrity alone, AN 2, SL 42, PN b2c28465. What it secures is no packet. */
const STANDARD_PLAIN = octets(
  'd609b1f056637a0d46df998d88e5222ab2c2846512153524c0895e81' +
    '08000f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233340001' +
    'f09478a9b09007d06f46e9b6a1da25dd',
);
/** Another of it: encrypted, without an SCI; AN 0, SL 42, PN 76d457ed. */
const STANDARD_ENCRYPTED = octets(
  'e20106d7cd0df0761e8dcd3d88e54c2a76d457ed' +
    '13b4c72b389dc5018e72a171dd85a5d3752274d3a019fbcaed09a425cd9b2e1c9b72eee7c9de7d52b3f3' +
    'd6a5284f4a6d3fe22a5d6c2b960494c3',
);
/** Where its first octet is, that of flags. */
const TCI = 14;

const changed = (frame: Uint8Array, at: number, octet: number): Uint8Array =>
  frame.map((old, i) => (i === at ? octet : old));

function lineOf(frame: Uint8Array, verbose = false): string {
  const bench = new Bench();
  bench.layers(frame);
  const out = new LineWriter();
  new PacketPrinter(out, { verbose, hex: false, utcOffsetS: () => 0 }).print(recordOf(frame), bench.stack);
  return Buffer.from(out.take()).toString('latin1');
}

function totalsOf(...frames: readonly Uint8Array[]) {
  const totals = new TunnelTotals();
  const bench = new Bench();
  frames.forEach((frame, i) => {
    bench.layers(frame);
    totals.add(i + 1, bench.stack);
  });
  return totals.report();
}

describe('MACsec (IEEE 802.1AE-2018 §9)', () => {
  test.each([
    ['with an SCI', PLAIN, 'ethernet macsec ipv4 udp', PACKET_BYTES],
    ['behind a tag', TAGGED, 'ethernet vlan macsec ipv4 udp', PACKET_BYTES],
    ['without', LONG, 'ethernet macsec ipv4 udp', 100],
  ])('integrity alone, %s: the packet inside, without the check value', (_, frame, layers, packetBytes) => {
    const bench = new Bench();
    expect(bench.layers(frame)).toBe(layers);
    const { stack } = bench;
    expect(stack.error).toBeNull();
    expect(stack.wireBytes[stack.count - 2]).toBe(packetBytes);
  });

  test('the check value is no payload where no length of a packet says so', () => {
    const bench = new Bench();
    // Another EtherType than IP, and IP whose length is a lie.
    bench.layers(changed(changed(PLAIN, 28, 0x88), 29, 0xcc));
    expect(bench.stack.count).toBe(2);
    expect(lineOf(changed(changed(PLAIN, 28, 0x88), 29, 0xcc))).toContain('ethertype 0x88cc, length ');
    expect(bench.layers(changed(PLAIN, 33, 33))).toBe('ethernet macsec ipv4 udp');
    expect(bench.stack.error).toBe('bad-length');
  });

  test('encrypted: nothing follows, and that is no error', () => {
    const bench = new Bench();
    expect(bench.layers(STANDARD_ENCRYPTED)).toBe('ethernet macsec');
    expect(bench.stack.error).toBeNull();
    // E without C is of key agreement, C without E compressed.
    for (const flag of [0x08, 0x04]) expect(bench.layers(changed(PLAIN, TCI, 0x20 | flag))).toBe('ethernet macsec');
  });

  test('what the standard secures is no packet, and begins where it says', () => {
    const bench = new Bench();
    expect(bench.layers(STANDARD_PLAIN)).toBe('ethernet macsec');
    expect(bench.stack).toMatchObject({ error: 'bad-version', errorOffset: 30 });
  });

  test('padding of the frame behind a short one is not of it', () => {
    const bench = new Bench();
    bench.layers(join(PLAIN, new Uint8Array(20)));
    expect(bench.stack.wireBytes[1]).toBe(PLAIN.length - TCI);
    expect(bench.stack.error).toBeNull();
  });

  test.each([
    ['another version', changed(PLAIN, TCI, 0xa0), 'bad-version'],
    ['a short length of 48', changed(PLAIN, TCI + 1, 48), 'bad-length'],
    ['a short length beyond the frame', changed(PLAIN, TCI + 1, 35), 'bad-length'],
    ['a short length of one octet, less than an EtherType', changed(PLAIN, TCI + 1, 1), 'bad-length'],
    ['no room for the check value', LONG.subarray(0, TCI + 6 + 2 + 15), 'bad-length'],
    ['cut in the tag', PLAIN.subarray(0, TCI + 5), 'bad-length'],
    ['cut in the SCI', PLAIN.subarray(0, TCI + 13), 'bad-length'],
  ])('%s is refused', (_, frame, error) => {
    const bench = new Bench();
    expect(bench.layers(frame)).toBe('ethernet');
    expect(bench.stack.error).toBe(error);
  });

  test('a frame of the least size is read', () => {
    const bench = new Bench();
    expect(bench.layers(changed(LONG.subarray(0, TCI + 6 + 2 + 16), TCI + 7, 0x01))).toBe('ethernet macsec');
    expect(bench.stack.error).toBeNull();
  });

  test('counts as a tunnel: SecTAG 8, SCI 8, check value 16 around the packet', () => {
    const { kinds, flows } = totalsOf(PLAIN, LONG);
    expect(kinds).toMatchObject([
      {
        kind: 'macsec',
        outer_bytes: PLAIN.length + LONG.length,
        inner_bytes: PACKET_BYTES + 100,
        payload_bytes: 4 + 72,
        overhead_bytes: (32 + 24) / 2,
        header_bytes: { least: 24, most: 32 },
      },
    ]);
    // The SCI that is left out is the one of the frame before.
    expect(flows).toMatchObject([{ kind: 'macsec', id: 'sci ends 00010001', packets: 2, from: null }]);
  });

  test('says nothing of what encryption hides', () => {
    expect(totalsOf(STANDARD_ENCRYPTED, PLAIN).kinds).toMatchObject([{ inner_bytes: null, goodput_ratio: null }]);
  });

  test('directions are told apart, and numbers of each counted; a new key begins anew', () => {
    const numbered = (frame: Uint8Array, association: number, number: number): Uint8Array =>
      changed(changed(frame, TCI, 0x20 | association), TCI + 5, number);
    const back = changed(PLAIN, 25, 2);
    const frames = [1, 2, 4, 5].flatMap((number) => [numbered(PLAIN, 0, number), numbered(back, 0, number + 100)]);
    const { flows } = totalsOf(...frames, numbered(PLAIN, 1, 1), numbered(PLAIN, 1, 2), numbered(PLAIN, 1, 3));
    expect(flows).toMatchObject([
      { id: 'sci ends 00010001', sequence: { received: 7, lost: 1, duplicated: 0, restarts: 1 } },
      { id: 'sci ends 00020001', sequence: { received: 4, lost: 1, restarts: 0 } },
    ]);
  });

  test('has its line', () => {
    const line = '22:13:20.000000 MACsec, an 0, pn 7, flags [I], sci 0200000000010001\n';
    expect(lineOf(PLAIN)).toBe(`${line}    IP 10.0.0.1.1000 > 10.0.0.2.2000: UDP, length 4\n`);
    expect(lineOf(PLAIN, true)).toContain('flags [I], sl 34, sci 0200000000010001\n');
    expect(lineOf(STANDARD_ENCRYPTED)).toBe('22:13:20.000000 MACsec, an 0, pn 1993627629, flags [E,C,S], length 58\n');
    expect(lineOf(TAGGED)).toContain('vlan 100, MACsec, an 0');
  });

  test('has its name in filters', () => {
    for (const filter of ['macsec', 'tunnel macsec'])
      expect(parseFilter(filter, () => undefined).ok, filter).toBe(true);
  });
});
