import { expect, test } from 'vitest';
import { tunnelDump } from '../../../../src/report/tunnel/tunnel-dump.ts';
import { device, EMPTY, keyText, NOW, OFFICE } from '../tunnel-samples.ts';

const DEVICE = [keyText(1), keyText(0x11), '51820', '0xca6c'];
const PEERS = [
  [keyText(2), '(none)', '(none)', '(none)', '0', '0', '0', 'off'],
  [keyText(3), keyText(9), '[2001:db8::1]:51820', '10.0.0.0/24,fd00::/64', `${NOW.seconds - 63}`, '1024', '1023', '25'],
  [keyText(4), '(none)', '192.0.2.1:1', '0.0.0.0/0', `${NOW.seconds - 2}`, '0', '0', 'off'],
];
const rows = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));

test('one device has 4 columns and a peer 8, in the order of the device (wg(8))', () => {
  expect(rows(tunnelDump([OFFICE], { all: false, showKeys: true }))).toEqual([DEVICE, ...PEERS]);
});

test('without showKeys private and preshared keys are hidden, and nothing else', () => {
  const secrets = [keyText(1), keyText(9)];
  const hidden = [DEVICE, ...PEERS].map((row) => row.map((text) => (secrets.includes(text) ? '(hidden)' : text)));
  expect(rows(tunnelDump([OFFICE], { all: false, showKeys: false }))).toEqual(hidden);
  expect(hidden.flat().filter((text) => text === '(hidden)')).toHaveLength(2);
});

test('all devices have their name before each line', () => {
  expect(rows(tunnelDump([OFFICE, EMPTY], { all: true, showKeys: true }))).toEqual([
    ...[DEVICE, ...PEERS].map((columns) => ['wg0', ...columns]),
    ['wg1', '(none)', '(none)', '0', 'off'],
  ]);
});

test('a hostile name adds neither lines nor columns', () => {
  expect(rows(tunnelDump([device({ name: 'a\tb\nc' })], { all: true, showKeys: true }))).toEqual([
    ['a\\tb\\nc', '(none)', '(none)', '0', 'off'],
  ]);
});

test('no device is no line', () => {
  expect(tunnelDump([], { all: true, showKeys: true })).toBe('');
});
