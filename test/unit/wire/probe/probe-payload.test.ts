import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeProbePayload, encodeProbePayload } from '../../../../src/wire/probe/probe-payload.ts';

test('a number is read back, also behind padding', () => {
  const bytes = new Uint8Array(20);
  encodeProbePayload(bytes, 0xfedc_ba98);
  expect([...bytes.subarray(0, 8)]).toEqual([0x77, 0x7a, 0x70, 0x72, 0xfe, 0xdc, 0xba, 0x98]);
  expect(decodeProbePayload(bytes)).toBe(0xfedc_ba98);
  for (let length = 0; length < 8; length++) expect(decodeProbePayload(bytes.subarray(0, length))).toBeNull();
});

test('garbage is no number, and nothing is read beyond its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
      fc.pre(bytes[0] !== 0x77);
      expect(decodeProbePayload(bytes)).toBeNull();
    }),
  );
});
