import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromHex,
  readU16,
  readU16be,
  readU16le,
  readU32,
  readU32be,
  readU32le,
  readU64be,
  toHex,
  writeU16be,
  writeU16le,
  writeU32be,
  writeU32le,
  writeU64be,
} from '../../../src/core/bytes.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('reads and writes', () => {
  test('are big-endian', () => {
    const bytes = Uint8Array.of(0, 0x01, 0x02, 0xf3, 0xf4, 0x05, 0x06, 0x07, 0x08);
    expect(readU16be(bytes, 1)).toBe(0x0102);
    expect(readU32be(bytes, 1)).toBe(0x0102f3f4);
    expect(readU32be(bytes, 3)).toBe(0xf3f40506);
  });

  test('are little-endian if the name or the file header says so', () => {
    const bytes = Uint8Array.of(0, 0x01, 0x02, 0xf3, 0xf4);
    expect(readU16le(bytes, 1)).toBe(0x0201);
    expect(readU32le(bytes, 1)).toBe(0xf4f30201);
    expect([readU16(bytes, 1, true), readU16(bytes, 1, false)]).toEqual([0x0102, 0x0201]);
    expect([readU32(bytes, 1, true), readU32(bytes, 1, false)]).toEqual([0x0102f3f4, 0xf4f30201]);
    const out = new Uint8Array(8);
    writeU16le(out, 1, 0x0201);
    writeU32le(out, 3, 0xf4f30201);
    expect([...out]).toEqual([0, 0x01, 0x02, 0x01, 0x02, 0xf3, 0xf4, 0]);
  });

  test('agree with DataView for every value and offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.maxSafeNat(),
        fc.nat({ max: 5 }),
        (u16, u32, u64, offset) => {
          const bytes = new Uint8Array(32).fill(0xaa);
          writeU16be(bytes, offset, u16);
          writeU32be(bytes, offset + 2, u32);
          writeU64be(bytes, offset + 6, u64);
          const view = new DataView(bytes.buffer);
          expect(view.getUint16(offset)).toBe(u16);
          expect(view.getUint32(offset + 2)).toBe(u32);
          expect(view.getBigUint64(offset + 6)).toBe(BigInt(u64));
          expect(bytes[offset + 14], 'nothing behind is touched').toBe(0xaa);
          expect([readU16be(bytes, offset), readU32be(bytes, offset + 2), readU64be(bytes, offset + 6)]).toEqual([
            u16,
            u32,
            u64,
          ]);
        },
      ),
    );
  });

  test.each([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 2 ** 52, MAX])('64 bits hold %d', (value) => {
    const bytes = new Uint8Array(8);
    writeU64be(bytes, 0, value);
    expect(readU64be(bytes, 0)).toBe(value);
  });

  test('a missing octet reads as 0', () => {
    expect(readU32be(Uint8Array.of(0xff), 0)).toBe(0xff00_0000);
  });
});

describe('hexadecimal text', () => {
  test('has two digits for each octet', () => {
    expect(toHex(Uint8Array.of(0, 0x0f, 0xf0, 0xff))).toBe('000ff0ff');
    expect(fromHex('000Ff0fF')).toEqual(Uint8Array.of(0, 0x0f, 0xf0, 0xff));
    expect(fromHex('')).toEqual(new Uint8Array(0));
  });

  test.each(['0', '0g', ' 00', '0x00', '00\n', '-1'])('fromHex() refuses %j', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  test('survives a round trip', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });
});
