import { expect, test } from 'vitest';
import { formatOfLink, ifIdOf, kindOfLink, outerAddressesOf } from '../../../src/tunnel/device-format.ts';
import { decodeLink, type KernelLink } from '../../../src/wire/link-message.ts';
import { NETLINK_ANSWERS, octets } from '../../support/netlink/answers.ts';

function link(name: keyof typeof NETLINK_ANSWERS.links): KernelLink {
  const found = decodeLink(octets(NETLINK_ANSWERS.links[name]));
  if (found === undefined) throw new Error(`${name} does not decode`);
  return found;
}

/** MTU as the kernel set it, which it does by the same arithmetic, but for VXLAN, which it left as it was. */
test.each([
  ['vx0', 'vxlan', 4, 50, 1500],
  ['vx6', 'vxlan', 6, 70, 1500],
  ['gnv0', 'geneve', 4, 50, 1450],
  ['gnv6', 'geneve', 6, 70, 1430],
  ['tungre', 'gre', 4, 24, 1476],
  ['gopt', 'gre', 4, 36, 1464],
  ['greg', 'gre', 4, 44, 1456],
  ['tuntap', 'gretap', 4, 42, 1458],
  ['tap6', 'gretap', 6, 66, 1434],
  ['ers', 'erspan', 4, 50, 1450],
  ['ers2', 'erspan', 4, 54, 1446],
  ['gre6', 'gre', 6, 52, 1448],
  ['ipip1', 'ipip', 4, 20, 1480],
  ['fou1', 'fou', 4, 28, 1472],
  ['gue1', 'gue', 4, 32, 1468],
  ['sit1', 'sit', 4, 20, 1480],
  ['tnl6', 'ipip', 6, 48, 1452],
  ['tnlfou', 'fou', 6, 56, 1444],
  ['macsec1', 'macsec', null, 32, 1468],
] as const)('%s is %s over IPv%s and adds %i octets', (name, kind, family, added, mtu) => {
  const device = link(name);
  expect(kindOfLink(device)).toBe(kind);
  const { family: told } = outerAddressesOf(device, null);
  expect(formatOfLink(device, told)).toEqual({
    kind,
    device: name,
    outer_family: family,
    added_bytes: added,
    block_bytes: 1,
    mtu_bytes: mtu,
  });
});

test('MACsec without SCI, and with a check value of 8, adds 16', () => {
  expect(formatOfLink(link('macsec2'), null)).toMatchObject({ kind: 'macsec', added_bytes: 16 });
});

test('WireGuard does not say over which family it goes', () => {
  expect(formatOfLink(link('wg0'), null)).toBeNull();
  expect(formatOfLink(link('wg0'), 6)).toMatchObject({ kind: 'wireguard', added_bytes: 80, block_bytes: 16 });
});

test('a device for IPsec is known, and its format is that of its keys', () => {
  expect([kindOfLink(link('xfrm1')), ifIdOf(link('xfrm1')), formatOfLink(link('xfrm1'), 4)]).toEqual(['esp', 7, null]);
});

test('a device without a remote address uses that of the route', () => {
  const device = link('cilium_vxlan');
  expect(outerAddressesOf(device, null)).toMatchObject({ address: null, family: null, port: 8472 });
  expect(outerAddressesOf(device, Uint8Array.of(192, 0, 2, 2))).toMatchObject({ family: 4, port: 8472 });
  expect(formatOfLink(device, 4)).toMatchObject({ kind: 'vxlan', added_bytes: 50 });
});

test.each(['lo', 'line', 'vlan9'] as const)('%s is no tunnel', (name) => {
  expect(kindOfLink(link(name))).toBeUndefined();
});

test('a device whose remote addresses are in routes has a family', () => {
  const { data, ...device } = link('ipip1');
  const anywhere = new Map([...data].filter(([type]) => type !== 2 && type !== 3));
  expect(formatOfLink({ ...device, data: anywhere }, null)).toMatchObject({ outer_family: 4, added_bytes: 20 });
});
