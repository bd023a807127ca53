import { expect, test } from 'vitest';
import { guessReturnHops, isPrivateAddress } from '../../../../src/path/trace/address-class.ts';

test.each([
  // RFC 1918 §3, RFC 6598 §7, RFC 3927 §2.1, RFC 4193 §3.1, RFC 4291 §2.5.6: first and last of each range.
  ['10.0.0.0', true],
  ['10.255.255.255', true],
  ['172.16.0.0', true],
  ['172.31.255.255', true],
  ['192.168.0.1', true],
  ['100.64.0.0', true],
  ['100.127.255.255', true],
  ['169.254.1.1', true],
  ['fc00::1', true],
  ['fdff::1', true],
  ['fe80::1%eth0', true],
  ['9.255.255.255', false],
  ['11.0.0.0', false],
  ['172.15.255.255', false],
  ['172.32.0.0', false],
  ['192.167.1.1', false],
  ['100.63.255.255', false],
  ['100.128.0.0', false],
  ['203.0.113.1', false],
  ['2001:db8::1', false],
  ['fec0::1', false],
  ['host.example', false],
])('%s is private: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});

test.each([
  [64, 1],
  [60, 5],
  [128, 1],
  [120, 9],
  [255, 1],
  [243, 13],
  [65, 64],
  [1, 64],
  [0, null],
  [null, null],
])('an answer with TTL %s came %s hops', (ttl, hops) => {
  expect(guessReturnHops(ttl)).toBe(hops);
});
