import { isIP, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressLimitKey, formatEndpoint, ipFamily, parseIp, unmapIpv4 } from '../../../src/core/address.ts';

const octetsOf = (text: string): readonly number[] | undefined => {
  const parsed = parseIp(text);
  return parsed && [...parsed.octets];
};

describe('parseIp()', () => {
  test.each([
    ['0.0.0.0', [0, 0, 0, 0]],
    ['192.0.2.1', [192, 0, 2, 1]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['::', new Array(16).fill(0)],
    ['::1', [...new Array(15).fill(0), 1]],
    ['1::', [0, 1, ...new Array(14).fill(0)]],
    ['2001:db8::ff:1', [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 1]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['::ffff:192.0.2.1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]],
    ['1:2:3:4:5:6:1.2.3.4', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4]],
    ['ABCD::', [0xab, 0xcd, ...new Array(14).fill(0)]],
  ])('reads %s', (text, octets) => {
    expect(parseIp(text)).toEqual({
      family: octets.length === 4 ? 4 : 6,
      octets: Uint8Array.from(octets),
      scope: null,
    });
  });

  test('keeps the scope of a link-local address (RFC 4007 section 11)', () => {
    expect(parseIp('fe80::1%eth0')).toMatchObject({ family: 6, scope: 'eth0' });
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4%eth0',
    ':',
    ':::',
    ':1',
    '1:',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%',
    'fe80::1%a%b',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  test('accepts and refuses the same texts as node:net', () => {
    const group = fc.constantFrom('', '0', '1', 'ff', 'abcd', '00001', '192.0.2.1', '1.2.3', 'x');
    const text = fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':'));
    fc.assert(
      fc.property(fc.oneof(text, fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 12 })), (address) => {
        fc.pre(!address.includes('%'));
        const family = isIPv4(address) ? 4 : isIPv6(address) ? 6 : undefined;
        expect(parseIp(address)?.family, address).toBe(family);
      }),
      { numRuns: 1000 },
    );
  });

  test('parses what formatIp() prints', () => {
    const u16 = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(u16, { minLength: 8, maxLength: 8 }), (groups) => {
        const octets = groups.flatMap((group) => [Math.floor(group / 256), group % 256]);
        expect(octetsOf(groups.map((group) => group.toString(16)).join(':'))).toEqual(octets);
      }),
    );
  });
});

describe('ipFamily()', () => {
  test.each([
    ['192.0.2.1', 4],
    ['2001:db8::1', 6],
    ['fe80::1%eth0.100', 6],
    ['fe80::1%wg_0', 6],
    ['fe80::1%12', 6],
    ['fe80::1%', 0],
    ['fe80::1%a b', 0],
    ['fe80::1%a%b', 0],
    ['fe80::1%\x1b[31m', 0],
    ['192.0.2.1%eth0', 0],
    ['example.org', 0],
    ['', 0],
  ])('%j: %d', (text, family) => expect(ipFamily(text)).toBe(family));

  test('takes the zones that node:net takes everywhere', () => {
    const zone = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '.', ':'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), zone, (address, name) => {
        const text = `${address}%${name}`;
        expect(ipFamily(text), text).toBe(isIP(text));
      }),
    );
  });
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['::ffff:1', '::ffff:1'],
  ['', ''],
])('unmapIpv4(%j) is %j (RFC 4291 section 2.5.5.2)', (text, want) => expect(unmapIpv4(text)).toBe(want));

test('formatEndpoint() puts IPv6 into brackets (RFC 3986 section 3.2.2)', () => {
  expect(formatEndpoint('192.0.2.1', 8888)).toBe('192.0.2.1:8888');
  expect(formatEndpoint('2001:db8::1', 8888)).toBe('[2001:db8::1]:8888');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2::1', '20010db800010002/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '20010db800010002/64'],
  ['2001:db8:1:3::1', '20010db800010003/64'],
  ['fe80::1%eth0', 'fe80000000000000/64'],
  ['::1', '0000000000000000/64'],
  ['', ''],
])('addressLimitKey(%j) is %j', (text, want) => expect(addressLimitKey(text)).toBe(want));
