import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProbePayload, widenSequence } from '../../../../src/path/ping/probe-payload.ts';

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

describe('ProbePayload', () => {
  test('is the nonce, the number, and octets that count', () => {
    expect([...new ProbePayload(NONCE, 16).of(0x01020304)]).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 12, 13, 14, 15,
    ]);
  });

  test('knows its own numbers again, also where the end was cut off', () => {
    const payload = new ProbePayload(NONCE, 56);
    expect(payload.sequenceOf(payload.of(0xfffffffe).slice(0, 12))).toBe(0xfffffffe);
  });

  test.each([
    ['too short', new ProbePayload(NONCE, 56).of(7).slice(0, 11)],
    ['empty', new Uint8Array()],
    [
      'of another test',
      new ProbePayload(
        Uint8Array.from(NONCE, (octet) => octet + 1),
        56,
      ).of(7),
    ],
  ])('a payload that is %s is not its own', (_name, bytes) => {
    expect(new ProbePayload(NONCE, 56).sequenceOf(bytes)).toBeUndefined();
  });

  test.each([1, 8, 11])('of %i octets has no room for a number', (length) => {
    const payload = new ProbePayload(NONCE, length);
    expect(payload.isMarked).toBe(false);
    expect(payload.of(3)).toHaveLength(length);
    expect(payload.sequenceOf(payload.of(3))).toBeUndefined();
  });
});

describe('widenSequence()', () => {
  test.each([
    [0, 1, 0],
    [5, 10, 5],
    [0, 65_537, 65_536],
    [65_535, 65_537, 65_535],
    [10, 10, undefined],
    [65_535, 3, undefined],
  ])('%i before %i is %s', (low, next, want) => {
    expect(widenSequence(low, next)).toBe(want);
  });

  test('finds every one of the last 65,536', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 1, max: 65_536 }), (next, back) => {
        const sequence = next - back;
        if (sequence >= 0) expect(widenSequence(sequence & 0xffff, next)).toBe(sequence);
      }),
    );
  });
});
