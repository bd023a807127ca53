import { describe, expect, test } from 'vitest';
import type { PathFacts } from '../../../../../src/core/shapes/path.ts';
import { isRewritten } from '../../../../../src/run/probes/mtu/server/server-mss.ts';
import {
  insideRemark,
  serverTunnelFault,
  tooWideHop,
  tunnelDevice,
  wireguardMtus,
} from '../../../../../src/run/probes/mtu/tunnel-mtu.ts';
import { direction } from '../../../report/path/mtu-samples.ts';

const FACTS: PathFacts = {
  local_address: '10.0.0.1',
  remote_address: '10.0.0.2',
  device: 'wg0',
  kind: 'wireguard',
  mtu_bytes: 1420,
  encapsulation: null,
};

describe('wireguardMtus()', () => {
  test.each([
    [1500, 1440, 1420],
    [1492, 1432, 1412],
    [1280, 1220, 1200],
    [9000, 8940, 8920],
  ])('a path of %i carries %i over IPv4 and %i over IPv6 (whitepaper 5.4.6)', (path, v4, v6) => {
    expect(wireguardMtus(path).map(({ mtu_bytes }) => mtu_bytes)).toEqual([v4, v6]);
    for (const { arithmetic, mtu_bytes } of wireguardMtus(path)) {
      const numbers = [...arithmetic.matchAll(/\d+/g)].map(Number).filter((number) => ![4, 6].includes(number));
      expect(numbers.slice(1).reduce((rest, part) => rest - part, numbers[0] ?? 0)).toBe(mtu_bytes);
    }
  });

  test('nothing for a path that was not measured, and no MTU below zero', () => {
    expect(wireguardMtus(null)).toEqual([]);
    expect(wireguardMtus(70).map(({ mtu_bytes }) => mtu_bytes)).toEqual([10, null]);
  });
});

test('insideRemark() says where IPv6 inside does not fit', () => {
  expect(insideRemark(wireguardMtus(1360))).toBeNull();
  expect(insideRemark(wireguardMtus(1350))).toMatch(/^a tunnel over IPv6 has less than the 1280/);
  expect(insideRemark(wireguardMtus(1280))).toMatch(/^a tunnel over IPv4 and IPv6 has less/);
});

describe('tunnelDevice()', () => {
  const ways = (mtu: number | null, verdict: 'black-hole' | 'whole' | 'loss-too-high' = 'black-hole') =>
    direction({ path_mtu_bytes: mtu, verdict });

  test('a device whose MTU is larger than what passes', () => {
    const found = tunnelDevice(FACTS, 1420, ways(1312));
    expect(found).toMatchObject({ device: 'wg0', kind: 'wireguard', mtu_bytes: 1420 });
    expect(found?.faults).toEqual([
      'the MTU of wg0 is 1420, and only 1312 pass through it: larger packets are lost or fragmented; set it to 1312 (ip link set dev wg0 mtu 1312); WireGuard pads to 16 octets up to the MTU, so with a smaller MTU up to 1327 may pass: set it, and measure again',
    ]);
    expect(tunnelDevice({ ...FACTS, kind: 'gre', device: 'gre1' }, 1476, ways(1312))?.faults[0]).toMatch(/mtu 1312\)$/);
  });

  test('nothing is wrong where all passes, and nothing is claimed where it is not certain', () => {
    expect(tunnelDevice(FACTS, 1420, ways(1420, 'whole'))?.faults).toEqual([]);
    expect(tunnelDevice(FACTS, 1420, ways(1312, 'loss-too-high'))?.faults).toEqual([]);
    expect(tunnelDevice(FACTS, 1420, null)?.faults).toEqual([]);
    expect(tunnelDevice(FACTS, null, ways(1312))?.faults).toEqual([]);
  });

  test.each(['physical', 'virtual', 'loopback', 'unknown'] as const)('%s is no tunnel', (kind) => {
    expect(tunnelDevice({ ...FACTS, kind }, 1500, ways(1312))).toBeNull();
  });
});

test('serverTunnelFault() judges the device by which the server sends', () => {
  const back = direction({ path_mtu_bytes: 1312, verdict: 'black-hole' });
  expect(serverTunnelFault(FACTS, back)).toBe(
    'the server sends by wg0, whose MTU is 1420, and only 1312 pass through it towards here: set it to 1312 there',
  );
  expect(serverTunnelFault(FACTS, direction({ path_mtu_bytes: 1420, verdict: 'whole' }))).toBeNull();
  expect(serverTunnelFault(FACTS, direction({ path_mtu_bytes: 1312, verdict: 'unfinished' }))).toBeNull();
  expect(serverTunnelFault({ ...FACTS, kind: 'physical' }, back)).toBeNull();
  expect(serverTunnelFault({ ...FACTS, mtu_bytes: null }, back)).toBeNull();
  expect(serverTunnelFault(FACTS, null)).toBeNull();
});

describe('isRewritten()', () => {
  test.each([
    [1448, 1448, 1500, false],
    [1460, 1460, 1500, false],
    [1448, 1447, 1500, true],
    [1448, 1348, 1400, false],
    [1448, 1347, 1400, true],
    [65_483, 32_768, 65_535, null],
    [null, 1448, 1500, null],
  ])('asked for %s, the other end sends %s over a path of %s: %s', (asked, mss_bytes, pmtu_bytes, rewritten) => {
    expect(isRewritten({ advertised_mss_bytes: asked }, { mss_bytes, pmtu_bytes }, 4)).toBe(rewritten);
  });

  test('IPv6 has longer headers, and nothing is known without the other end', () => {
    expect(isRewritten({ advertised_mss_bytes: 1428 }, { mss_bytes: 1428, pmtu_bytes: 1500 }, 6)).toBe(false);
    expect(isRewritten({ advertised_mss_bytes: 1440 }, { mss_bytes: 1400, pmtu_bytes: 1500 }, 6)).toBe(true);
    expect(isRewritten({ advertised_mss_bytes: 1440 }, null, 6)).toBeNull();
  });
});

describe('tooWideHop()', () => {
  const place = { after: { ttl: 2, address: '192.0.2.2' }, before: { ttl: 3, address: '192.0.2.3' } };
  const said = (mtu_bytes: number, from: string | null) => ({ mtu_bytes, origin: 'icmp', from, count: 1 }) as const;
  const wrong = (path_mtu_bytes: number, reported: readonly ReturnType<typeof said>[]) =>
    direction({ verdict: 'icmp-wrong', path_mtu_bytes, reported, vanishes: place });

  test('names the hop behind which less passes than it takes', () => {
    expect(tooWideHop(wrong(1330, [said(1440, '192.0.2.2')]))).toBe(
      'hop 2 (192.0.2.2) takes 1440 octets, and only 1330 pass behind it: if a tunnel begins there, its MTU is too large, and 1330 fit',
    );
    expect(tooWideHop(wrong(1328, [said(68, '192.0.2.9'), said(1440, '192.0.2.2')]))).toMatch(
      /and 1328 fit; of WireGuard, which pads to 16 octets up to its MTU, up to 1343 may fit$/,
    );
  });

  test('says nothing of another router, of a smaller size, and where the place is not known', () => {
    expect(tooWideHop(wrong(1330, [said(1440, '192.0.2.9'), said(1440, null)]))).toBeNull();
    expect(tooWideHop(wrong(1330, [said(1200, '192.0.2.2')]))).toBeNull();
    expect(tooWideHop({ ...wrong(1330, [said(1440, '192.0.2.2')]), vanishes: null })).toBeNull();
    expect(tooWideHop({ ...wrong(1330, [said(1440, '192.0.2.2')]), verdict: 'black-hole' })).toBeNull();
    expect(tooWideHop(null)).toBeNull();
  });
});
