import { expect, test } from 'vitest';
import { mtuNotes } from '../../../src/tunnel/mtu-notes.ts';

const WG = {
  kind: 'wireguard',
  tunnelMtu: 1420,
  underlayMtu: 1500,
  outerFamily: 4,
  fragmentsCreated: null,
} as const;

test.each([
  ["at wg-quick's default", WG],
  ['at the largest that fits', { ...WG, tunnelMtu: 1440 }],
  ['between the two', { ...WG, tunnelMtu: 1430 }],
  ['over IPv6 at the default', { ...WG, outerFamily: 6 }],
  ['with fragments but an MTU that fits: they are those of large datagrams', { ...WG, fragmentsCreated: 9 }],
  ['at the kernel default of vxlan', { ...WG, kind: 'vxlan', tunnelMtu: 1450 }],
  ['of a tun, whose format is unknown', { ...WG, kind: 'tun', tunnelMtu: 9000 }],
  ['of a bare line', { ...WG, kind: 'physical', tunnelMtu: 1400 }],
  ['without the tunnel MTU', { ...WG, tunnelMtu: null }],
  ['without the underlay MTU', { ...WG, tunnelMtu: 1520, underlayMtu: null }],
  ['without the outer family', { ...WG, tunnelMtu: 1520, outerFamily: null }],
] as const)('mtuNotes() says nothing %s', (_, facts) => {
  expect(mtuNotes(facts)).toEqual([]);
});

test('mtuNotes() tells a tunnel MTU that does not fit, what happens and what to set', () => {
  expect(mtuNotes({ ...WG, tunnelMtu: 1520 })).toEqual([
    'tunnel MTU 1520 does not fit the underlay: 1500 carries at most 1440 inside WireGuard over IPv4; ' +
      "outer packets are fragmented; set the tunnel's MTU to 1420",
  ]);
  expect(mtuNotes({ ...WG, tunnelMtu: 1441 })).toHaveLength(1);
  expect(mtuNotes({ ...WG, tunnelMtu: 1421, outerFamily: 6 })[0]).toMatch(/at most 1420 inside WireGuard over IPv6/);
});

test('mtuNotes() reports fragmentation only as far as the counter shows it', () => {
  const note = (fragmentsCreated: number) => mtuNotes({ ...WG, tunnelMtu: 1520, fragmentsCreated })[0];
  expect(note(1698)).toContain('fragmented (1698 fragments during the test)');
  expect(note(0)).toContain('would be fragmented, though this host counted no fragment');
  expect(mtuNotes({ ...WG, kind: 'gre', tunnelMtu: 1500 })[0]).toContain('refused or fragmented');
});

test('mtuNotes() tells a needlessly small MTU and what it costs', () => {
  // 1268 of 1418 on the wire, instead of 1368 of 1518: 0.77 % less.
  expect(1 - 1268 / 1418 / (1368 / 1518)).toBeCloseTo(0.0077, 4);
  expect(mtuNotes({ ...WG, tunnelMtu: 1320 })).toEqual([
    'tunnel MTU 1320 is smaller than it need be: 1500 carries 1420 inside WireGuard over IPv4; ' +
      'by the arithmetic that costs 0.77% of TCP goodput; ' +
      "set the tunnel's MTU to 1420, unless a link further along carries less",
  ]);
  expect(mtuNotes({ ...WG, kind: 'sit', tunnelMtu: 1280 })[0]).toContain('carries 1480 inside 6in4;');
});

test('mtuNotes() names a path MTU that was measured, which leaves no doubt about links further along', () => {
  // 1400 - 20 IP - 8 UDP - 16 header - 16 tag = 1340; wg-quick takes 80 off, which fits IPv6 too.
  expect(mtuNotes({ ...WG, underlayMtu: 1400, isMeasured: true })).toEqual([
    'tunnel MTU 1420 does not fit the underlay: the measured path MTU 1400 carries at most 1340 inside WireGuard over ' +
      "IPv4; larger outer packets are fragmented on the way, or lost; set the tunnel's MTU to 1320",
  ]);
  const [small] = mtuNotes({ ...WG, tunnelMtu: 1280, underlayMtu: 1400, isMeasured: true });
  expect(small).toMatch(/the measured path MTU 1400 carries 1320 .*; set the tunnel's MTU to 1320$/);
});
