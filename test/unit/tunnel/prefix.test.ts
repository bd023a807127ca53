import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIp } from '../../../src/core/address.ts';
import { containsPrefix, formatPrefix, parsePrefix } from '../../../src/tunnel/prefix.ts';

const octets = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }));
/** Few distinct octets, so that ranges do meet. */
const near = (length: number) => fc.array(fc.constantFrom(0, 1, 255), { minLength: length, maxLength: length });
const prefixOf = (length: number) =>
  fc.record({
    octets: near(length).map((list) => Uint8Array.from(list)),
    bits: fc.integer({ min: 0, max: length * 8 }),
  });

test.each([
  ['10.0.0.1', '10.0.0.1/32'],
  ['10.0.0.1/8', '10.0.0.1/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['::/0', '::/0'],
  ['2001:DB8:0:0:1:0:0:1/64', '2001:db8::1:0:0:1/64'],
  ['fe80:0:0:0:0:0:0:0', 'fe80::/128'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7/128'],
  ['::ffff:192.0.2.1/96', '::ffff:192.0.2.1/96'],
])('parsePrefix() reads %s, and formatPrefix() writes it as RFC 5952 wants', (typed, text) => {
  const prefix = parsePrefix(typed);
  expect(prefix && formatPrefix(prefix)).toBe(text);
});

test.each([
  '',
  '/',
  '10.0.0.1/',
  '10.0.0.1/33',
  '::/129',
  '10.0.0/8',
  '10.0.0.1/-1',
  '10.0.0.1/1/1',
  'fe80::1%eth0/64',
  '1.2.3.4/ 8',
])('parsePrefix() refuses %j', (text) => {
  expect(parsePrefix(text)).toBeUndefined();
});

test('formatIp() reads back, and is the canonical form of the URL standard for IPv6', () => {
  fc.assert(
    fc.property(octets, (address) => {
      const text = formatIp(address);
      expect(parsePrefix(text)?.octets).toEqual(address);
      if (address.length === 16 && !text.includes('.')) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }),
  );
});

test('containsPrefix() agrees with the ranges of node:net', () => {
  for (const length of [4, 16]) {
    const family = length === 4 ? 'ipv4' : 'ipv6';
    fc.assert(
      fc.property(prefixOf(length), prefixOf(length), (outer, inner) => {
        const list = new BlockList();
        list.addSubnet(formatIp(outer.octets), outer.bits, family);
        const expected = outer.bits <= inner.bits && list.check(formatIp(inner.octets), family);
        expect(containsPrefix(outer, inner)).toBe(expected);
      }),
    );
  }
});

test('containsPrefix() keeps the families apart', () => {
  expect(containsPrefix({ octets: new Uint8Array(4), bits: 0 }, { octets: new Uint8Array(16), bits: 0 })).toBe(false);
});
