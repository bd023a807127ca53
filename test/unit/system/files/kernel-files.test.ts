import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  deviceDirectory,
  deviceNames,
  isDeviceName,
  readText,
  systemRoots,
} from '../../../../src/system/files/kernel-files.ts';
import { fakeSystem, procNetDev } from '../fake-system.ts';

test.each(['', '.', '..', 'a/b', '../lo', 'a\\b', 'a\0b'])('isDeviceName() refuses %j', (name) => {
  expect(isDeviceName(name)).toBe(false);
});

test('isDeviceName() accepts names of devices on Linux and Windows', () => {
  for (const name of ['eth0', 'wg-home', 'br-1a2b', 'eth0.5', 'Wi-Fi 2']) expect(isDeviceName(name)).toBe(true);
});

test('deviceNames() reads the names and skips the two lines of headings', () => {
  expect(deviceNames(procNetDev('lo', 'eth0', 'enp0s31f6.100'))).toEqual(['lo', 'eth0', 'enp0s31f6.100']);
});

test('readText() is null for a missing file', () => {
  expect(readText('/nonexistent/winze')).toBeNull();
});

test('deviceDirectory() finds a device that is in both trees', () => {
  const roots = fakeSystem({
    'proc/net/dev': procNetDev('lo', 'eth0'),
    'sys/class/net/lo/type': '772\n',
    'sys/class/net/eth0/type': '1\n',
    'sys/class/net/bonding_masters': '\n',
  });
  expect(deviceDirectory('eth0', roots)).toBe(join(roots.sys, 'class/net/eth0'));
  expect(deviceDirectory('eth1', roots)).toBeNull();
  expect(deviceDirectory('../net/eth0', roots)).toBeNull();
});

test('deviceDirectory() ignores the sysfs of another network namespace', () => {
  const host = { 'sys/class/net/lo/type': '772\n', 'sys/class/net/eth0/type': '1\n' };
  expect(deviceDirectory('lo', fakeSystem({ ...host, 'proc/net/dev': procNetDev('lo') }))).toBeNull();
  expect(deviceDirectory('lo', fakeSystem({ ...host, 'proc/net/dev': procNetDev('lo', 'wg0') }))).toBeNull();
});

test('on Windows nothing is read from folders that anybody may have created on a drive', () => {
  const { proc, sys, run } = systemRoots('win32');
  expect([proc, sys, run].map((root) => readText(join(root, 'net/dev')))).toEqual([null, null, null]);
  expect(deviceDirectory('lo', systemRoots('win32'))).toBeNull();
  expect(join(proc, 'net/dev')).toContain('\0');
});

test('deviceDirectory() is null without sysfs', () => {
  expect(deviceDirectory('lo0', fakeSystem({}))).toBeNull();
});
