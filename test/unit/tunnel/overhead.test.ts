import { describe, expect, test } from 'vitest';
import type { Encapsulation, PathKind } from '../../../src/core/shapes/path.ts';
import {
  ceilingRatio,
  maxInnerMtu,
  outerBytes,
  payloadPerPacket,
  payloadRatio,
  recommendedInnerMtu,
  wireBytes,
} from '../../../src/tunnel/overhead.ts';

const TCP = { protocol: 'tcp', datagramPayloadBytes: null, tcpTimestamps: true } as const;
const UDP = { protocol: 'udp', datagramPayloadBytes: null, tcpTimestamps: false } as const;
const layer = (kind: PathKind, added: number, block: number): Encapsulation => ({
  kind,
  device: 'one',
  outer_family: 4,
  added_bytes: added,
  block_bytes: block,
  mtu_bytes: 1420,
});
const datagrams = (bytes: number) => ({ ...UDP, datagramPayloadBytes: bytes });

describe('payloadRatio() agrees with the table of research/wireguard.md 3.4, in Mbit/s of 1 Gbit/s', () => {
  const columns = [
    ['TCP over IPv4', TCP, 4],
    ['UDP over IPv4', UDP, 4],
    ['TCP over IPv6', TCP, 6],
    ['UDP over IPv6', UDP, 6],
  ] as const;
  const rows = [
    [1500, null, 1500, [941.5, 957.1, 928.5, 944.1]],
    [1500, 4, 1420, [901.2, 917.0, 888.0, 903.8]],
    [1500, 4, 1440, [902.5, 918.1, 889.5, 905.1]],
    [1500, 6, 1420, [889.5, 905.1, 876.5, 892.1]],
    [9000, null, 9000, [990.0, 992.7, 987.8, 990.5]],
    [9000, 4, 8920, [983.4, 986.0, 981.1, 983.8]],
    [9000, 4, 8940, [983.4, 986.1, 981.2, 983.8]],
    [9000, 6, 8920, [981.2, 983.8, 979.0, 981.6]],
  ] as const;
  const cells = rows.flatMap(([underlayMtu, outerFamily, mtu, figures]) =>
    columns.map(([name, load, family], i) => ({ underlayMtu, outerFamily, mtu, name, load, family, mbps: figures[i] })),
  );
  test.each(cells)('$name, MTU $mtu, outer $outerFamily, underlay $underlayMtu: $mbps', (cell) => {
    const { underlayMtu, outerFamily, mtu, family, load } = cell;
    const kind = outerFamily === null ? 'physical' : 'wireguard';
    const ratio = payloadRatio({ family, mtu, kind, outerFamily: outerFamily ?? 4, underlayMtu }, load);
    expect(Math.abs((ratio ?? 0) * 1000 - (cell.mbps ?? 0))).toBeLessThanOrEqual(0.051);
  });
});

test.each([
  ['TCP with timestamps', 4, 1420, 'tcp', true, 1368],
  ['UDP', 4, 1420, 'udp', false, 1392],
  ['TCP with timestamps in IPv6', 6, 1420, 'tcp', true, 1348],
  ['UDP in IPv6', 6, 1420, 'udp', false, 1372],
  ['TCP without timestamps', 4, 1420, 'tcp', false, 1380],
  ['TCP with timestamps, jumbo', 4, 8920, 'tcp', true, 8868],
] as const)('payloadPerPacket() of %s (3.4)', (_, family, mtu, protocol, tcpTimestamps, payload) => {
  expect(payloadPerPacket({ family, mtu, protocol, tcpTimestamps })).toBe(payload);
});

describe('outerBytes()', () => {
  // 3.4, "small packets": UDP payload n, v4 in v4; and a TCP ACK with timestamps.
  test.each([
    [18 + 28, 108],
    [64 + 28, 156],
    [160 + 28, 252],
    [512 + 28, 604],
    [1024 + 28, 1116],
    [52, 124],
  ])('pads %i bytes inside WireGuard to %i outside', (inner, outer) => {
    expect(outerBytes('wireguard', 4, inner, 1420)).toBe(outer);
  });

  test('does not pad beyond the MTU: a full packet of 1420 is not padded to 1424 (1.12)', () => {
    expect(outerBytes('wireguard', 4, 1420, 1420)).toBe(1480);
    expect(outerBytes('wireguard', 6, 1420, 1420)).toBe(1500);
    expect(outerBytes('wireguard', 4, 1409, 1420)).toBe(1480);
    expect(outerBytes('wireguard', 4, 1408, 1420)).toBe(1468);
  });

  test.each([
    ['vxlan', 4, 50],
    ['vxlan', 6, 70],
    ['geneve', 4, 50],
    ['geneve', 6, 70],
    ['gre', 4, 24],
    ['gre', 6, 52],
    ['ipip', 4, 20],
    ['ipip', 6, 48],
    ['sit', 4, 20],
    ['sit', 6, 20],
    ['physical', 4, 0],
    ['virtual', 6, 0],
  ] as const)('%s over IPv%i adds %i', (kind, family, added) => {
    expect(outerBytes(kind, family, 1000, 1400)).toBe(1000 + added);
  });

  test.each(['tun', 'ppp', 'other-tunnel', 'unknown'] as const)('does not know %s', (kind) => {
    expect(outerBytes(kind, 4, 1000, 1400)).toBeNull();
    expect(maxInnerMtu({ kind, outerFamily: 4 }, 1500)).toBeNull();
    expect(recommendedInnerMtu({ kind, outerFamily: 4 }, 1500)).toBeNull();
  });
});

test.each([
  ['wireguard', 4, 1500, 1440, 1420],
  ['wireguard', 6, 1500, 1420, 1420],
  ['wireguard', 4, 1492, 1432, 1412],
  ['wireguard', 4, 1460, 1400, 1380],
  ['wireguard', 6, 1280, 1200, 1200],
  ['wireguard', 4, 1420, 1360, 1340],
  // The kernel's own defaults: vxlan 1450 (seen here), ip6tnl 1452, ip6gre 1448, gre 1476, ipip 1480.
  ['vxlan', 4, 1500, 1450, 1450],
  ['ipip', 6, 1500, 1452, 1452],
  ['gre', 6, 1500, 1448, 1448],
  ['gre', 4, 1500, 1476, 1476],
  ['ipip', 4, 1500, 1480, 1480],
] as const)('%s over IPv%i on %i carries %i, usually set to %i (1.12)', (kind, family, underlay, largest, usual) => {
  expect(maxInnerMtu({ kind, outerFamily: family }, underlay)).toBe(largest);
  expect(recommendedInnerMtu({ kind, outerFamily: family }, underlay)).toBe(usual);
});

test('maxInnerMtu() has no answer for an underlay smaller than the headers', () => {
  expect(maxInnerMtu({ kind: 'wireguard', outerFamily: 4 }, 60)).toBeNull();
});

test('wireBytes() adds preamble, header, FCS and gap, and no frame is shorter than 84', () => {
  expect([wireBytes(1500), wireBytes(46), wireBytes(47), wireBytes(20)]).toEqual([1538, 84, 85, 84]);
});

describe('ceilingRatio()', () => {
  const baseline = { family: 4, mtu: 1500 } as const;
  const tunnel = { family: 4, mtu: 1420, kind: 'wireguard', outerFamily: 4, underlayMtu: 1500 } as const;

  test.each([
    ['WireGuard at 1420, TCP', tunnel, TCP, 1368 / 1518 / (1448 / 1538)],
    ['WireGuard at 1420, UDP', tunnel, UDP, 1392 / 1518 / (1472 / 1538)],
    ['VXLAN at 1450, TCP', { ...tunnel, kind: 'vxlan', mtu: 1450 }, TCP, 1398 / 1538 / (1448 / 1538)],
    ['GRE at 1476, TCP', { ...tunnel, kind: 'gre', mtu: 1476 }, TCP, 1424 / 1538 / (1448 / 1538)],
    ['IPIP at 1480, UDP', { ...tunnel, kind: 'ipip', mtu: 1480 }, UDP, 1452 / 1538 / (1472 / 1538)],
    ['Geneve over IPv6 at 1430', { ...tunnel, kind: 'geneve', outerFamily: 6, mtu: 1430 }, UDP, 1402 / 1472],
    [
      'VXLAN in WireGuard at 1370',
      { ...tunnel, kind: 'vxlan', mtu: 1370, encapsulation: [layer('vxlan', 50, 1), layer('wireguard', 60, 16)] },
      TCP,
      1318 / 1518 / (1448 / 1538),
    ],
    // 1360 + 2 of trailer: 1364, and 52 around.
    [
      'ESP at 1360',
      { ...tunnel, kind: 'esp', mtu: 1360, encapsulation: [layer('esp', 52, 4)] },
      TCP,
      1308 / 1454 / (1448 / 1538),
    ],
    // It does not fit: what does is 1446.
    [
      'ESP at 1500',
      { ...tunnel, kind: 'esp', mtu: 1500, encapsulation: [layer('esp', 52, 4)] },
      TCP,
      1394 / 1538 / (1448 / 1538),
    ],
    // No IP of its own, and none to be cut by.
    ['MACsec at 1468', { ...tunnel, kind: 'macsec', mtu: 1468 }, TCP, 1416 / 1538 / (1448 / 1538)],
    ['another bare line', { ...tunnel, kind: 'physical', mtu: 1500 }, TCP, 1],
    // 1580 outside: 1500 and, of the remaining 80 bytes, 100. P = 1520 - 52.
    ['an outer packet in two fragments', { ...tunnel, mtu: 1520 }, TCP, 1468 / (1538 + 138) / (1448 / 1538)],
    // GRE discovers the path MTU and sends 1476 at a time, whatever the device says.
    ['GRE at an MTU that does not fit', { ...tunnel, kind: 'gre', mtu: 1500 }, TCP, 1424 / 1448],
    // One packet on both: 1228 bare; inside padded to 1232, 1292 outside.
    ['datagrams of 1200', tunnel, datagrams(1200), (1228 + 38) / (1292 + 38)],
    // Bare: 1500 in one. Inside: 1420 of MTU takes 1396 + 20 = 1416 -> 1420 padded; room 1400 -> 1400 of data; 80 left.
    ['datagrams of 1472', tunnel, datagrams(1472), 1538 / (1480 + 38 + (60 + 112 + 38))],
    // Bare 5 × 1500 + 820. Inside 5 × (1400 of data, 1420, 1480 outside) and 1200 of data: 1220, padded 1232, 1292.
    ['datagrams of 8192', tunnel, datagrams(8192), (5 * 1538 + 858) / (5 * 1518 + 1330)],
  ] as const)('of %s', (_, path, load, ratio) => {
    expect(ceilingRatio({ baseline, path, ...load })).toBeCloseTo(ratio, 12);
  });

  test('of WireGuard at its defaults is what research/wireguard.md says: 4.3 %, over IPv6 5.5 %, jumbo 0.7 %', () => {
    const cost = (path: typeof tunnel | (Omit<typeof tunnel, 'outerFamily'> & { outerFamily: 6 })) =>
      1 - (ceilingRatio({ baseline, path, ...TCP }) ?? 0);
    expect(cost(tunnel)).toBeCloseTo(0.043, 3);
    expect(cost({ ...tunnel, outerFamily: 6 })).toBeCloseTo(0.055, 3);
    const jumbo = { baseline: { family: 4, mtu: 9000 }, path: { ...tunnel, mtu: 8920, underlayMtu: 9000 } } as const;
    expect(1 - (ceilingRatio({ ...jumbo, ...TCP }) ?? 0)).toBeCloseTo(0.007, 3);
  });

  test('is null where the arithmetic does not reach', () => {
    const paths = [
      { ...tunnel, kind: 'tun' },
      { ...tunnel, kind: 'other-tunnel' },
      { ...tunnel, kind: 'unknown' },
      { ...tunnel, mtu: null },
      { ...tunnel, underlayMtu: null },
      { ...tunnel, mtu: 40 },
      { ...tunnel, underlayMtu: 60 },
    ] as const;
    for (const path of paths) expect(ceilingRatio({ baseline, path, ...TCP })).toBeNull();
    expect(ceilingRatio({ baseline: { family: 4, mtu: null }, path: tunnel, ...TCP })).toBeNull();
  });
});
