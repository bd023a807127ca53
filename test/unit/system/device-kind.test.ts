import { expect, test } from 'vitest';
import { deviceKind } from '../../../src/system/device-kind.ts';
import { fakeSystem, procNetDev } from './fake-system.ts';

/** Files in /sys/class/net/NAME, as `ip link` left them on Linux 6.18, or as the kernel's sources have them. */
test.each([
  ['lo', { type: '772', uevent: 'INTERFACE=lo\nIFINDEX=1\n' }, 'loopback'],
  ['eth0', { type: '1', uevent: 'INTERFACE=eth0\nIFINDEX=4\n', 'device/vendor': '0x1af4' }, 'physical'],
  ['wlp2s0', { type: '1', uevent: 'DEVTYPE=wlan\nINTERFACE=wlp2s0\n', 'device/vendor': '0x8086' }, 'physical'],
  ['veth0', { type: '1', uevent: 'INTERFACE=veth0\nIFINDEX=3\n' }, 'virtual'],
  ['br0', { type: '1', uevent: 'DEVTYPE=bridge\nINTERFACE=br0\nIFINDEX=5\n' }, 'virtual'],
  ['eth0.5', { type: '1', uevent: 'DEVTYPE=vlan\nINTERFACE=eth0.5\n' }, 'virtual'],
  ['vx0', { type: '1', uevent: 'DEVTYPE=vxlan\nINTERFACE=vx0\nIFINDEX=4\n' }, 'vxlan'],
  ['gen0', { type: '1', uevent: 'DEVTYPE=geneve\nINTERFACE=gen0\n' }, 'geneve'],
  ['home', { type: '65534', uevent: 'DEVTYPE=wireguard\nINTERFACE=home\n' }, 'wireguard'],
  ['tun9', { type: '65534', uevent: 'INTERFACE=tun9\nIFINDEX=8\n', tun_flags: '0x1801' }, 'tun'],
  ['tap9', { type: '1', uevent: 'INTERFACE=tap9\nIFINDEX=9\n', tun_flags: '0x1802' }, 'tun'],
  // Only the socket tells wireguard-go from any tun; the name says nothing either way.
  ['wg5', { type: '65534', uevent: 'INTERFACE=wg5\n', tun_flags: '0x1' }, 'tun'],
  ['ppp0', { type: '512', uevent: 'DEVTYPE=ppp\nINTERFACE=ppp0\n' }, 'ppp'],
  ['ppp1', { type: '512', uevent: 'INTERFACE=ppp1\n' }, 'ppp'],
  ['ipip1', { type: '768', uevent: 'INTERFACE=ipip1\n' }, 'ipip'],
  ['six', { type: '769', uevent: 'INTERFACE=six\n' }, 'ipip'],
  ['he-ipv6', { type: '776', uevent: 'INTERFACE=he-ipv6\n' }, 'sit'],
  ['gre1', { type: '778', uevent: 'INTERFACE=gre1\n' }, 'gre'],
  ['gre6', { type: '823', uevent: 'INTERFACE=gre6\n' }, 'gre'],
  ['gretap1', { type: '1', uevent: 'INTERFACE=gretap1\n' }, 'other-tunnel'],
  ['vti0', { type: '768', uevent: 'INTERFACE=vti0\n' }, 'other-tunnel'],
  ['esp0', { type: '65534', uevent: 'INTERFACE=esp0\n' }, 'other-tunnel'],
  ['dco0', { type: '65534', uevent: 'DEVTYPE=ovpn\nINTERFACE=dco0\n' }, 'other-tunnel'],
] as const)('deviceKind() of %s, %j, is %s', (device, files, kind) => {
  const tree = Object.entries(files).map(([name, text]) => [`sys/class/net/${device}/${name}`, `${text}\n`]);
  expect(deviceKind(device, fakeSystem(Object.fromEntries(tree)))).toBe(kind);
});

test('deviceKind() recognises WireGuard in userspace by its control socket', () => {
  const tun = { 'sys/class/net/home/type': '65534\n', 'sys/class/net/home/tun_flags': '0x1\n' };
  expect(deviceKind('home', fakeSystem({ ...tun, 'run/wireguard/home.sock': '' }))).toBe('wireguard');
  expect(deviceKind('home', fakeSystem({ ...tun, 'run/wireguard/office.sock': '' }))).toBe('tun');
});

test('deviceKind() ignores a stale socket of a device that is not a tun', () => {
  const roots = fakeSystem({ 'sys/class/net/veth0/type': '1\n', 'run/wireguard/veth0.sock': '' });
  expect(deviceKind('veth0', roots)).toBe('virtual');
});

test.each([
  ['lo0', 'loopback'],
  ['wg0', 'wireguard'],
  ['utun4', 'tun'],
  ['tun0', 'tun'],
  ['tun-home', 'tun'],
  ['tunl0', 'ipip'],
  ['geneve1', 'geneve'],
  ['en0', 'physical'],
  ['gif0', 'other-tunnel'],
  ['ip6tnl0', 'ipip'],
  ['eth0', 'unknown'],
  ['Wi-Fi', 'unknown'],
  ['Loopback Pseudo-Interface 1', 'loopback'],
  ['../../etc', 'unknown'],
] as const)('deviceKind() uses the name of %s where there is no sysfs: %s', (device, kind) => {
  expect(deviceKind(device, fakeSystem({}))).toBe(kind);
});

test('deviceKind() uses socket and name where sysfs belongs to another namespace', () => {
  const roots = fakeSystem({
    'proc/net/dev': procNetDev('lo', 'eth0', 'home'),
    'sys/class/net/lo/type': '772\n',
    'sys/class/net/eth0/type': '1\n',
    'sys/class/net/eth0/device/vendor': '0x1af4\n',
    'run/wireguard/home.sock': '',
  });
  expect(['lo', 'eth0', 'home'].map((name) => deviceKind(name, roots))).toEqual(['loopback', 'unknown', 'wireguard']);
});
