import { posix, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { configPath, deviceNameOf } from '../../../../src/run/tunnel/config-path.ts';

test.each([
  ['wg0', '/etc/wireguard/wg0.conf', 'wg0'],
  ['./wg0.conf', './wg0.conf', 'wg0'],
  ['a\\wg0.conf', 'a\\wg0.conf', null],
  ['/a b/wg0.conf', '/a b/wg0.conf', 'wg0'],
  ['/a/wg0.conf/', '/a/wg0.conf/', null],
])('%s stands for a file and its device', (word, path, device) => {
  expect([configPath(word, posix), deviceNameOf(word, posix)]).toEqual([path, device]);
});

test.each([
  ['wg0', 'wg0', null],
  ['.\\wg0.conf', '.\\wg0.conf', 'wg0'],
  ['C:\\Users\\A B\\wg0.conf', 'C:\\Users\\A B\\wg0.conf', 'wg0'],
  ['C:wg0.conf', 'C:wg0.conf', 'wg0'],
  ['a/b\\wg0.conf', 'a/b\\wg0.conf', 'wg0'],
  ['C:\\wg0.conf\\', 'C:\\wg0.conf\\', null],
])('on Windows, %s stands for a path and its device', (word, path, device) => {
  expect([configPath(word, win32), deviceNameOf(word, win32)]).toEqual([path, device]);
});
