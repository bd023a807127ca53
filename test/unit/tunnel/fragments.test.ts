import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fragmentSizes } from '../../../src/tunnel/fragments.ts';

test.each([
  ['a packet that fits', 4, 1500, 1500, [1500]],
  ['one byte too many', 4, 1501, 1500, [1500, 21]],
  // 8192 of payload and 8 of UDP: 5 × 1480 = 7400, 800 left.
  ['a datagram of 8 KiB over IPv4', 4, 8220, 1500, [1500, 1500, 1500, 1500, 1500, 820]],
  // Each fragment has 48 of headers and 1448 of data: 5 × 1448 = 7240, 960 left.
  ['a datagram of 8 KiB over IPv6', 6, 8240, 1500, [1496, 1496, 1496, 1496, 1496, 1008]],
  // 1480 of data; room 1399, in eights 1392; 88 left.
  ['an MTU that is no multiple of eight', 4, 1500, 1419, [1412, 108]],
  // room 1399: what is left after one fragment, 1399, fills the last one although it is no multiple of eight.
  ['a last fragment that fills the MTU', 4, 20 + 1392 + 1399, 1419, [1412, 1419]],
] as const)('fragmentSizes() cuts %s', (_, family, packet, mtu, sizes) => {
  expect(fragmentSizes(family, packet, mtu)).toEqual(sizes);
});

test('fragmentSizes() refuses an MTU without room for eight bytes', () => {
  expect(fragmentSizes(4, 100, 27)).toBeNull();
  expect(fragmentSizes(6, 100, 55)).toBeNull();
});

test('fragmentSizes() loses no byte and obeys the MTU (RFC 791, RFC 8200)', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4, 6),
      fc.integer({ min: 60, max: 65_535 }),
      fc.integer({ min: 68, max: 9000 }),
      (family, packet, mtu) => {
        const sizes = fragmentSizes(family, packet, mtu) ?? [];
        if (packet <= mtu) {
          expect(sizes).toEqual([packet]);
          return;
        }
        const header = family === 4 ? 20 : 48;
        const data = sizes.map((size) => size - header);
        expect(data.reduce((sum, n) => sum + n, 0)).toBe(packet - (family === 4 ? 20 : 40));
        expect(data.every((n) => n > 0)).toBe(true);
        expect(data.slice(0, -1).every((n) => n % 8 === 0)).toBe(true);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(mtu);
      },
    ),
  );
});
