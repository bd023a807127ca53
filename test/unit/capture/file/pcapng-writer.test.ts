import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeInterface,
  encodePacket,
  encodeSecrets,
  encodeSectionHeader,
  LINKTYPE_RAW,
  type PacketToWrite,
} from '../../../../src/capture/file/pcapng-writer.ts';
import { concat } from '../../../support/capture-bytes.ts';
import { readChunks } from '../../../support/read-captures.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const words = (...parts: string[]) => parts.join('').replaceAll(' ', '');

const PACKET: PacketToWrite = {
  bytes: Uint8Array.of(0xee, 0x45, 1, 2, 3, 4, 0xee),
  offset: 1,
  capturedBytes: 5,
  originalBytes: 1420,
  seconds: 1_795_480_222,
  nanoseconds: 192_141_579,
  direction: null,
};

// The expected octets were written by hand from draft-ietf-opsawg-pcapng.
describe('encoded blocks, octet by octet:', () => {
  test('a section header', () => {
    expect(hex(encodeSectionHeader('winze'))).toBe(
      words(
        '0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff',
        '0400 0500 77696e7a65 000000 0000 0000',
        '2c000000',
      ),
    );
  });

  test('an interface, in nanoseconds', () => {
    expect(hex(encodeInterface(LINKTYPE_RAW, 'wg0'))).toBe(
      words('01000000 28000000 6500 0000 00000000', '0200 0300 776730 00 0900 0100 09 000000 0000 0000', '28000000'),
    );
  });

  test('a packet without options', () => {
    const ticks = 1_795_480_222_192_141_579n;
    const half = (value: bigint) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex').reverse().toString('hex');
    expect(hex(encodePacket(PACKET, 2, null))).toBe(
      words(
        '06000000 28000000 02000000',
        half(ticks >> 32n),
        half(ticks & 0xffff_ffffn),
        '05000000 8c050000 4501020304 000000',
        '28000000',
      ),
    );
  });

  test('a packet with direction and comment', () => {
    const written = hex(encodePacket({ ...PACKET, direction: 'out' }, 0, 'outer frame 7'));
    expect(written.slice(-72)).toBe(
      words('0200 0400 02000000', '0100 0d00 6f75746572206672616d652037 000000', '0000 0000', '48000000'),
    );
    expect(encodePacket({ ...PACKET, direction: 'in' }, 0, null)[40]).toBe(1);
  });

  test('a packet without time; the captured length of a cut packet is rounded down to a multiple of four', () => {
    expect(hex(encodePacket({ ...PACKET, seconds: null, nanoseconds: 0 }, 0, 'lost'))).toBe(
      words('03000000 14000000 8c050000 45010203 14000000'),
    );
  });

  test('secrets', () => {
    expect(hex(encodeSecrets(0x57474b4c, Uint8Array.of(1, 2, 3, 4, 5)))).toBe(
      words('0a000000 1c000000 4c4b4757 05000000 0102030405 000000 1c000000'),
    );
  });
});

const packets = fc.array(
  fc.record({
    packet: fc.uint8Array({ maxLength: 40 }),
    more: fc.nat({ max: 2000 }),
    // 2^64 ns end in 2554.
    seconds: fc.option(fc.nat({ max: 18_446_744_072 })),
    nanoseconds: fc.nat({ max: 999_999_999 }),
    direction: fc.constantFrom('in' as const, 'out' as const, null),
    comment: fc.option(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0')),
    ),
  }),
  { maxLength: 8 },
);

describe('written files are read back:', () => {
  test('packets, comments and secrets', () => {
    fc.assert(
      fc.property(packets, fc.uint8Array({ maxLength: 50 }), (given, keys) => {
        const file = concat(
          encodeSectionHeader('winze'),
          encodeSecrets(0x57474b4c, keys),
          encodeInterface(LINKTYPE_RAW, 'wg0'),
          ...given.map(({ packet, more, comment, ...rest }) =>
            encodePacket(
              { ...rest, bytes: packet, offset: 0, capturedBytes: packet.length, originalBytes: packet.length + more },
              0,
              comment,
            ),
          ),
        );
        const { packets: read, reader } = readChunks([file]);
        expect(reader.fault).toBeNull();
        expect(read.map(({ fileOffset, ...rest }) => rest)).toEqual(
          given.map(({ packet, more, seconds, nanoseconds, direction }, i) => ({
            frame: i + 1,
            packet: seconds === null && more > 0 ? packet.subarray(0, packet.length & ~3) : packet,
            capturedBytes: seconds === null && more > 0 ? packet.length & ~3 : packet.length,
            originalBytes: packet.length + more,
            linkType: 101,
            seconds,
            nanoseconds: seconds === null ? 0 : nanoseconds,
            interfaceId: 0,
            direction: seconds === null ? null : direction,
          })),
        );
        const comments = given.flatMap(({ seconds, comment }, i) =>
          seconds === null || comment === null ? [] : [{ frame: i + 1, text: comment }],
        );
        expect(reader.facts.comments).toEqual(comments);
        expect(reader.facts.secrets.map(({ bytes }) => bytes)).toEqual([keys]);
        expect(reader.facts.interfaces).toMatchObject([{ name: 'wg0', linkType: 101, ticksPerSecond: 1e9 }]);
      }),
    );
  });

  test('a time beyond 64 bits is replaced by the nearest possible one', () => {
    const times = [-1, 8.64e12].map((seconds) => encodePacket({ ...PACKET, seconds }, 0, null));
    const { packets: read } = readChunks([concat(encodeSectionHeader(''), encodeInterface(1, ''), ...times)]);
    expect(read.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual([
      [0, 0],
      [18_446_744_073, 709_551_615],
    ]);
  });

  test('text that is too long is truncated between characters', () => {
    const { length } = encodePacket(PACKET, 0, '€'.repeat(30_000));
    // 21845 characters of three octets are 65535.
    expect(length).toBe(40 + 4 + 65_536 + 4);
    expect(encodePacket(PACKET, 0, `x${'€'.repeat(30_000)}`)).toHaveLength(40 + 4 + 65_536 + 4);
  });
});
