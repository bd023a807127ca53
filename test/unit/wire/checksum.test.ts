import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adjustChecksum, checksum, foldSum, onesSum, pseudoHeaderSum } from '../../../src/wire/checksum.ts';
import { naiveChecksum, naiveSum } from '../tunnel/offload/packets.ts';

const viewOf = (octets: ArrayLike<number>): DataView => new DataView(Uint8Array.from(octets).buffer);

test('onesSum() gives the sum of the example in RFC 1071 §3', () => {
  expect(onesSum(viewOf([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0, 8)).toBe(0xddf2);
});

test('checksum() of a known IPv4 header, and zero when the header holds it', () => {
  const header = [0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0, 0, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7];
  expect(checksum(viewOf(header), 0, 20)).toBe(0xb861);
  expect(checksum(viewOf(header.with(10, 0xb8).with(11, 0x61)), 0, 20)).toBe(0);
});

test('onesSum() agrees with adding pairs of octets at any start and length', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(200).map((n) => new Uint8Array(n).fill(0xff)),
      ),
      fc.nat(20),
      fc.nat(20),
      (octets, before, after) => {
        const view = viewOf([...Array(before).fill(0xee), ...octets, ...Array(after).fill(0xee)]);
        expect(onesSum(view, before, octets.length)).toBe(naiveSum(octets));
      },
    ),
  );
});

test('onesSum() is exact for the largest packet of the largest octets', () => {
  const octets = new Uint8Array(65_535).fill(0xff);
  expect(onesSum(viewOf(octets), 0, octets.length)).toBe(naiveSum(octets));
});

test('checksum() includes an initial sum', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 2, maxLength: 60 }).filter((head) => head.length % 2 === 0),
      fc.uint8Array({ maxLength: 60 }),
      (head, rest) => {
        const expected = naiveChecksum([...head, ...rest]);
        expect(checksum(viewOf(rest), 0, rest.length, onesSum(viewOf(head), 0, head.length))).toBe(expected);
      },
    ),
  );
});

test.each([4, 6])('pseudoHeaderSum() covers addresses, protocol and length of IPv%i', (version) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 40, maxLength: 40 }),
      fc.nat(255),
      fc.nat(65_535),
      (header, protocol, length) => {
        const addresses = version === 4 ? header.slice(12, 20) : header.slice(8, 40);
        const expected = naiveSum([...addresses, 0, protocol, length >>> 8, length & 0xff]);
        expect(foldSum(pseudoHeaderSum(viewOf(header), 0, version, protocol, length))).toBe(expected);
      },
    ),
  );
});

test('adjustChecksum() gives zero for the example that breaks other equations (RFC 1624 §4)', () => {
  expect(adjustChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
});

test('adjustChecksum() agrees with summing again', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((octets) => octets[19] !== 0),
      fc.nat(255),
      fc.nat(255),
      (octets, high, low) => {
        const changed = octets.with(4, high).with(5, low);
        const word = (of: Uint8Array): number => viewOf(of).getUint16(4);
        expect(adjustChecksum(naiveChecksum(octets), word(octets), word(changed))).toBe(naiveChecksum(changed));
      },
    ),
  );
});
