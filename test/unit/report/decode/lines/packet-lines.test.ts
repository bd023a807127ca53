import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dissector } from '../../../../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../../../../src/capture/dissect/layer-stack.ts';
import { Recogniser } from '../../../../../src/capture/recognise/recogniser.ts';
import { LineWriter } from '../../../../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../../../../src/report/decode/lines/packet-lines.ts';
import { PACKETS } from '../../../../support/packet-table.ts';
import { ethernet, ipv4, type Octets, recordOf, u16, udp } from '../../../../support/packets.ts';

const text = (out: LineWriter): string => Buffer.from(out.take()).toString('latin1');
const dissector = new Dissector({ recogniser: new Recogniser(64) });

function print(bytes: Uint8Array, options: { verbose?: boolean; hex?: boolean } = {}, linkType = 1): string {
  const stack = createLayerStack();
  const out = new LineWriter();
  const record = recordOf(bytes, { nanoseconds: 1_002_850, linkType });
  dissector.dissect(record, stack);
  new PacketPrinter(out, { verbose: false, hex: false, utcOffsetS: () => 0, ...options }).print(record, stack);
  return text(out);
}

const packet = (name: string): Uint8Array => PACKETS.find((row) => row.name === name)?.bytes ?? new Uint8Array(0);
const INNER = 'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64\n';

test.each([
  ['UDP', 'IP 192.0.2.1.1 > 198.51.100.2.2: UDP, length 3\n'],
  [
    'TCP with options',
    'IP 192.0.2.1.1 > 198.51.100.2.2: Flags [P.], seq 1:2, ack 0, win 512, options [mss 1460], length 1\n',
  ],
  ['ARP', 'ARP, Request who-has 0.0.0.0 tell 0.0.0.0, length 28\n'],
  ['VXLAN', `IP 192.0.2.1.40000 > 198.51.100.2.4789: VXLAN, flags [I] (0x08), vni 7\n    ${INNER}`],
  ['QinQ', `vlan 100, vlan 5, ${INNER}`],
  ['GRETAP', `IP 192.0.2.1 > 198.51.100.2: GREv0, proto 0x6558, length 98\n    ${INNER}`],
  ['ESP', 'IP 192.0.2.1 > 198.51.100.2: ESP(spi=0x00001234,seq=0x1), length 48\n'],
  ['WireGuard data', 'IP 192.0.2.1.40000 > 198.51.100.2.51820: WireGuard data, rx 0x00000001, ctr 0, len 64\n'],
  ['WireGuard initiation', 'IP 192.0.2.1.40000 > 198.51.100.2.51820: WireGuard initiation, tx 0x00000001\n'],
  [
    'ICMP error',
    'IP 192.0.2.1 > 198.51.100.2: ICMP 198.51.100.2 unreachable - need to frag (mtu 1400), length 44\n    quoted: IP 192.0.2.1.5 > 198.51.100.2.6: UDP, length 8\n',
  ],
  [
    '6in6',
    'IP6 2001:db8::1 > 2001:db8::2: IPv6, length 51\n    IP6 2001:db8::1.1000 > 2001:db8::2.2000: UDP, length 3\n',
  ],
])('%s as a line', (name, lines) => {
  expect(print(packet(name))).toBe(`22:13:20.001002 ${lines}`);
});

const SMALL = ipv4(17, udp(1, 2, [0, 0, 0]));
const SMALL_LINE = 'IP 192.0.2.1.1 > 198.51.100.2.2: UDP, length 3\n';
const gre = (type: number, payload: Octets): Octets => [0, 0, ...u16(type), ...payload];
const tagged = (type: number): Octets => [1, 1, 0, 1, 0, 5, ...u16(type)];

test.each([
  ['a tag', gre(0x8100, [0, 5, 8, 0, ...SMALL]), `vlan 5, ${SMALL_LINE}`],
  [
    'a session',
    gre(0x8864, [0x11, 0, 0, 7, ...u16(SMALL.length + 2), 0, 0x21, ...SMALL]),
    `PPPoE [ses 0x7] ${SMALL_LINE}`,
  ],
  ['a frame with Cisco MetaData', gre(0x6558, ethernet(0x8909, [...tagged(0x0800), ...SMALL])), SMALL_LINE],
])('%s inside a tunnel begins the line of its packet', (_, inside, line) => {
  const [outer = '', ...inner] = print(ethernet(0x0800, ipv4(47, inside))).split(/(?<=\n)/);
  expect(outer).toMatch(/, length \d+\n$/);
  expect(inner.join('')).toBe(`    ${line}`);
});

test('what stands before a packet and prints nothing leaves it on the first line, and out of its octets', () => {
  expect(print(ethernet(0x8909, [...tagged(0x0800), ...SMALL]))).toBe(`22:13:20.001002 ${SMALL_LINE}`);
  const tailscale = Uint8Array.from([1, 0, 0, 0, ...SMALL]);
  expect(print(tailscale, { hex: true }, 147)).toContain(`22:13:20.001002 ${SMALL_LINE}\t0x0000:  4500`);
});

test('an error is told at the end of the line, with its place', () => {
  const bytes = packet('VXLAN').slice(0, 45);
  expect(print(bytes)).toMatch(/ \[bad-length: ipv4 at 16\]\n$/);
});

test('-v prints frame numbers and fields, -x the octets without the link layer', () => {
  expect(print(packet('UDP'), { verbose: true })).toContain(
    '#1 02:00:00:00:00:01 > 02:00:00:00:00:02, IP (tos 0x0, ttl 64, id 1',
  );
  expect(print(packet('UDP'), { hex: true })).toContain('\n\t0x0000:  4500 001f 0001');
});

test.each(PACKETS)('$name prints lines of printable ASCII, one for each packet in it', ({ bytes }) => {
  for (const verbose of [false, true]) {
    const lines = print(bytes, { verbose });
    expect(lines).toMatch(/^(?:[\x20-\x7e]+\n)+$/);
    expect(lines).not.toContain('undefined');
    expect(lines).not.toContain('NaN');
  }
});

test('no octet of a packet reaches the terminal as it is', () => {
  const change = fc.tuple(fc.nat(300), fc.constantFrom(0x1b, 0x9b, 0x07, 0x0d, 0xff));
  fc.assert(
    fc.property(fc.constantFrom(...PACKETS), fc.array(change, { maxLength: 20 }), (row, changes) => {
      const bytes = row.bytes.slice();
      for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
      expect(print(bytes, { verbose: true, hex: true })).toMatch(/^(?:[\x20-\x7e\t]+\n)+$/);
    }),
    { numRuns: 2000 },
  );
});

test('LineWriter writes numbers, addresses and escapes', () => {
  const out = new LineWriter();
  const v6 = (...groups: number[]): Uint8Array => Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255]));
  out
    .number(0)
    .text(' ')
    .number(4_294_967_295)
    .text(' ')
    .number(2 ** 53 - 1)
    .text(' ')
    .hex(0)
    .text(' ')
    .hex(0xab, 4);
  expect(text(out)).toBe('0 4294967295 9007199254740991 0x0 0x00ab');
  // RFC 5952 §4.2: the longest run, the first of two, and never a single group.
  out
    .ipv6(v6(0, 0, 0, 0, 0, 0, 0, 0), 0)
    .text(' ')
    .ipv6(v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), 0)
    .text(' ');
  out
    .ipv6(v6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), 0)
    .text(' ')
    .ipv6(v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 0), 0);
  expect(text(out)).toBe(':: 2001:db8::1:0:0:1 2001:db8:0:1:1:1:1:1 2001:db8:0:0:1::');
  out.escaped(Uint8Array.from([0x41, 0x1b, 0x5c, 0xff]), 0, 4);
  expect(text(out)).toBe('A\\x1b\\x5c\\xff');
});
