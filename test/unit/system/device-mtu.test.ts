import { expect, test } from 'vitest';
import { readDeviceMtu } from '../../../src/system/device-mtu.ts';
import { fakeSystem, procNetDev } from './fake-system.ts';

test('readDeviceMtu() reads sysfs', () => {
  const roots = fakeSystem({ 'proc/net/dev': procNetDev('wg0'), 'sys/class/net/wg0/mtu': '1420\n' });
  expect(readDeviceMtu('wg0', roots)).toBe(1420);
});

test('readDeviceMtu() reads the IPv6 settings where sysfs belongs to another namespace', () => {
  const roots = fakeSystem({
    'proc/net/dev': procNetDev('lo', 'wg0'),
    'proc/sys/net/ipv6/conf/wg0/mtu': '1380\n',
    'sys/class/net/wg0/mtu': '1420\n',
  });
  expect(readDeviceMtu('wg0', roots)).toBe(1380);
});

test.each(['', '0\n', 'none\n'])('readDeviceMtu() is null for %j', (text) => {
  expect(readDeviceMtu('wg0', fakeSystem({ 'sys/class/net/wg0/mtu': text }))).toBeNull();
});

test('readDeviceMtu() is null for a missing device, or an invalid name', () => {
  expect(readDeviceMtu('wg0', fakeSystem({}))).toBeNull();
  expect(readDeviceMtu('../wg0', fakeSystem({ 'proc/sys/net/ipv6/wg0/mtu': '1\n' }))).toBeNull();
});
