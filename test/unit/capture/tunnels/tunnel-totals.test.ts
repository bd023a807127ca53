import { describe, expect, test } from 'vitest';
import type { TunnelsReport } from '../../../../src/capture/documents/capture-tunnels.ts';
import { MAX_TUNNEL_FLOWS, TunnelTotals } from '../../../../src/capture/tunnels/tunnel-totals.ts';
import {
  Bench,
  ethernet,
  ipv4,
  ipv6,
  join,
  tcp,
  u16,
  u32,
  udp,
  wireguardData,
  zeros,
} from '../../../support/packets.ts';

const PAYLOAD_BYTES = 100;
const INNER_BYTES = 20 + 20 + PAYLOAD_BYTES;
const inner = ipv4(6, tcp(1, 2, zeros(PAYLOAD_BYTES)), { source: [10, 0, 0, 1], destination: [10, 0, 0, 2] });
const frame = ethernet(0x0800, inner);

/** Counts Ethernet frames in this order. */
function totals(...frames: readonly Uint8Array[]): TunnelsReport {
  const bench = new Bench();
  const counter = new TunnelTotals();
  for (const [i, bytes] of frames.entries()) {
    bench.layers(bytes);
    counter.add(i + 1, bench.stack);
  }
  return counter.report();
}

const over4 = (protocol: number, payload: Uint8Array): Uint8Array => ethernet(0x0800, ipv4(protocol, payload));
const over6 = (protocol: number, payload: Uint8Array): Uint8Array => ethernet(0x86dd, ipv6(protocol, payload));
const overUdp = (port: number, payload: Uint8Array): Uint8Array => udp(40_000, port, payload);
const vxlan = (vni: number): Uint8Array => overUdp(4789, join([8, 0, 0, 0], u32(vni * 256), frame));
const gre = (sequence: number): Uint8Array => over4(47, join(u16(0x3000), u16(0x0800), u32(7), u32(sequence), inner));
const esp = (spi: number, sequence: number): Uint8Array => over4(50, join(u32(spi), u32(sequence), zeros(60)));

describe('TunnelTotals', () => {
  // Overhead around an inner IPv4 packet in octets, added up by hand from the formats.
  test.each<[string, Uint8Array, string, number, string | null]>([
    ['VXLAN', over4(17, vxlan(7)), 'vxlan', 20 + 8 + 8 + 14, 'vni 7'],
    ['VXLAN over IPv6', over6(17, vxlan(7)), 'vxlan', 40 + 8 + 8 + 14, 'vni 7'],
    [
      'Geneve with an option',
      over4(17, overUdp(6081, join([2, 0], u16(0x6558), u32(9 * 256), [1, 2, 3, 1, 0, 0, 0, 0], frame))),
      'geneve',
      20 + 8 + 8 + 8 + 14,
      'vni 9',
    ],
    ['GRE with key and sequence', gre(1), 'gre', 20 + 4 + 4 + 4, 'key 7'],
    ['GRETAP', over4(47, join(u16(0), u16(0x6558), frame)), 'gretap', 20 + 4 + 14, null],
    [
      'ERSPAN II',
      over4(47, join(u16(0x1000), u16(0x88be), u32(1), u16(0x1000), u16(5), u32(0), frame)),
      'erspan',
      20 + 8 + 8 + 14,
      'session 5',
    ],
    ['IPIP', over4(4, inner), 'ipip', 20, null],
    ['4in6', over6(4, inner), '4in6', 40, null],
    ['EtherIP', over4(97, join([0x30, 0], frame)), 'etherip', 20 + 2 + 14, null],
    [
      'GTP-U with a sequence number',
      over4(17, overUdp(2152, join([0x32, 255], u16(4 + INNER_BYTES), u32(0x99), u16(1), [0, 0], inner))),
      'gtpu',
      20 + 8 + 8 + 4,
      'teid 0x00000099',
    ],
    ['MPLS with two labels', ethernet(0x8847, join(u32(0x0001_0040), u32(0x0002_0140), inner)), 'mpls', 8, 'label 16'],
    [
      'PPPoE',
      ethernet(0x8864, join([0x11, 0], u16(3), u16(2 + INNER_BYTES), u16(0x21), inner)),
      'pppoe',
      8,
      'session 3',
    ],
    [
      'L2TP',
      over4(17, overUdp(1701, join(u16(2), u16(4), u16(5), [0xff, 3], u16(0x21), inner))),
      'l2tp',
      20 + 8 + 6 + 4,
      `session ${4 * 65_536 + 5}`,
    ],
  ])('%s: the overhead is the size of the headers', (_, bytes, kind, around, id) => {
    const { kinds, flows } = totals(bytes);
    expect(kinds).toHaveLength(1);
    expect(kinds[0]).toMatchObject({
      kind,
      packets: 1,
      inner_bytes: INNER_BYTES,
      payload_bytes: PAYLOAD_BYTES,
      overhead_bytes: around,
    });
    const { header_bytes: headers, outer_bytes: outer = 0, goodput_ratio, inner_ratio } = kinds[0] ?? {};
    expect(headers?.least).toBeLessThanOrEqual(around);
    expect(headers?.most ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(around);
    expect(goodput_ratio).toBe(PAYLOAD_BYTES / outer);
    expect(inner_ratio).toBe(INNER_BYTES / outer);
    expect(flows).toMatchObject([{ kind, id, packets: 1, outer_bytes: outer, goodput_ratio }]);
  });

  test('flows are counted by id and direction, and the largest is listed first', () => {
    const other = ethernet(0x0800, ipv4(17, vxlan(7), { source: [198, 51, 100, 2], destination: [192, 0, 2, 1] }));
    const { flows } = totals(over4(17, vxlan(8)), over4(17, vxlan(7)), other, other, other, over4(17, vxlan(7)));
    expect(flows).toMatchObject([
      { id: 'vni 7', from: '198.51.100.2', to: '192.0.2.1', packets: 3, first_frame: 3, sequence: null },
      { id: 'vni 7', from: '192.0.2.1', to: '198.51.100.2', packets: 2, first_frame: 2 },
      { id: 'vni 8', packets: 1, first_frame: 1 },
    ]);
  });

  test('sequence numbers are counted for each id', () => {
    const { flows } = totals(esp(1, 1), esp(2, 1), esp(1, 2), esp(2, 5), esp(1, 2), esp(1, 4), esp(1, 3));
    expect(flows).toMatchObject([
      { id: 'spi 0x00000001', sequence: { received: 4, lost: 0, duplicated: 1, reordered: 1 } },
      { id: 'spi 0x00000002', sequence: { received: 2, lost: 3 } },
    ]);
    expect(totals(gre(7), gre(9)).flows[0]?.sequence).toMatchObject({ received: 2, lost: 1 });
  });

  test('GTP-U numbers have 16 bits, OpenVPN has packet ids with AEAD, AH has both numbers in clear', () => {
    const gtpu = (n: number): Uint8Array =>
      over4(17, overUdp(2152, join([0x32, 255], u16(4 + INNER_BYTES), u32(0x99), u16(n), [0, 0], inner)));
    expect(totals(gtpu(0xfffe), gtpu(0xffff), gtpu(1)).flows[0]?.sequence).toMatchObject({ received: 3, lost: 1 });
    const without = over4(17, overUdp(2152, join([0x30, 255], u16(INNER_BYTES), u32(0x99), inner)));
    expect(totals(without).flows[0]?.sequence).toBeNull();
    const openvpn = (n: number): Uint8Array => over4(17, overUdp(1194, join(u32(0x4800_0003), u32(n), zeros(60))));
    expect(totals(openvpn(1), openvpn(2), openvpn(4), openvpn(5)).flows).toMatchObject([
      { id: 'peer 3', sequence: { received: 4, lost: 1 } },
    ]);
    const sealed = Array.from({ length: 9 }, (_, n) => openvpn(Math.imul(n + 1, 0x9e37_79b1) >>> 0));
    expect(totals(...sealed).flows[0]?.sequence).toBeNull();
    const ah = (n: number): Uint8Array => over4(51, join([4, 4, 0, 0], u32(5), u32(n), zeros(12), inner));
    expect(totals(ah(1), ah(3)).flows[0]).toMatchObject({ id: 'spi 0x00000005', sequence: { received: 2, lost: 1 } });
  });

  test('encrypted sizes are null, not 0', () => {
    const hidden = { inner_bytes: null, inner_ratio: null, payload_bytes: null, goodput_ratio: null };
    expect(totals(esp(1, 1)).kinds).toMatchObject([{ kind: 'esp', ...hidden, overhead_bytes: null }]);
    const inAh = over4(51, join([50, 4, 0, 0], u32(5), u32(1), zeros(12), u32(9), u32(1), zeros(40)));
    expect(totals(inAh).kinds).toMatchObject([
      { kind: 'ah', ...hidden },
      { kind: 'esp', ...hidden },
    ]);
    const compressed = over4(47, join(u16(0x3001), u16(0x880b), u16(6), u16(1), u32(1), [0xfd, 1, 2, 3, 4, 5]));
    expect(totals(compressed).kinds).toMatchObject([{ kind: 'pptp', ...hidden }]);
  });

  test('the payload of WireGuard is null, and its flows are not listed', () => {
    const { kinds, flows } = totals(over4(17, overUdp(51_820, wireguardData(1, 0, 96))));
    expect(kinds).toMatchObject([{ kind: 'wireguard', inner_bytes: 96, overhead_bytes: 60, payload_bytes: null }]);
    expect(flows).toEqual([]);
  });

  test('packets quoted in ICMP errors are not counted again', () => {
    const quoted = over4(1, join([3, 4, 0, 0], u16(0), u16(1400), ipv4(47, join(u16(0), u16(0x0800), inner))));
    expect(totals(quoted)).toMatchObject({ kinds: [], flows: [] });
  });

  test('packets of flows beyond the bound are counted together', () => {
    const frames = Array.from({ length: MAX_TUNNEL_FLOWS + 5 }, (_, vni) => over4(17, vxlan(vni)));
    expect(totals(...frames)).toMatchObject({
      kinds: [{ packets: MAX_TUNNEL_FLOWS + 5 }],
      flows_not_listed: MAX_TUNNEL_FLOWS - 64,
      packets_not_followed: 5,
    });
  });
});
