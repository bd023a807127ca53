import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Memory } from '../../../../src/native/memory/memory.ts';
import { MESSAGES, OutgoingBatch, type OutgoingMessage } from '../../../../src/native/udp/outgoing-batch.ts';

const BYTES = 600_000;
/** A message carries 64 datagrams (UDP_MAX_SEGMENTS of Linux), and 65,535 octets with its IPv6 and UDP headers. */
const MAX_DATAGRAMS = 64;
const MAX_OCTETS = 65_487;

class ReadableBatch extends OutgoingBatch<string> {
  get all(): readonly OutgoingMessage<string>[] {
    return this.messages.slice(0, this.count);
  }

  empties(): void {
    this.clear();
  }
}

function batchOf(range = { begin: 64, end: BYTES }): ReadableBatch {
  const buffer = new ArrayBuffer(BYTES);
  const arena: Memory = { address: 0, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
  return new ReadableBatch(arena, range);
}

/** Datagrams of each message. */
function counts(datagrams: readonly (readonly [bytes: number, to: string, ecn: number])[]): readonly number[] {
  const batch = batchOf();
  for (const one of datagrams) batch.add(...one);
  return batch.all.map(({ count }) => count);
}

describe('OutgoingBatch', () => {
  test.each([
    [
      'neighbours of one size for one destination',
      [
        [100, 'a', 0],
        [100, 'a', 0],
        [100, 'a', 0],
      ],
      [3],
    ],
    [
      'a shorter one at the end, after which nothing more joins',
      [
        [100, 'a', 0],
        [60, 'a', 0],
        [60, 'a', 0],
      ],
      [2, 1],
    ],
    [
      'not a longer one',
      [
        [100, 'a', 0],
        [101, 'a', 0],
      ],
      [1, 1],
    ],
    [
      'not one for another destination',
      [
        [100, 'a', 0],
        [100, 'b', 0],
        [100, 'a', 0],
      ],
      [1, 1, 1],
    ],
    [
      'not one with another mark',
      [
        [100, 'a', 0],
        [100, 'a', 2],
      ],
      [1, 1],
    ],
    ['64 at most', Array.from({ length: 65 }, () => [10, 'a', 0] as const), [64, 1]],
    [
      'no more octets than a datagram may have',
      [
        [30_000, 'a', 0],
        [30_000, 'a', 0],
        [30_000, 'a', 0],
      ],
      [2, 1],
    ],
  ] as const)('joins %s', (_name, datagrams, expected) => {
    expect(counts(datagrams)).toEqual(expected);
  });

  test('accepts all that fits(), keeps its limits, and leaves no gaps', () => {
    const datagram = fc.tuple(
      fc.integer({ min: 0, max: MAX_OCTETS }),
      fc.constantFrom('a', 'b'),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 200 }), (datagrams) => {
        const batch = batchOf();
        const taken = datagrams.filter(([bytes, to, ecn]) => {
          if (!batch.fits(bytes)) return false;
          batch.add(bytes, to, ecn);
          return true;
        });
        let at = 64;
        for (const { offset, length, segment, count } of batch.all) {
          expect(offset).toBe(at);
          expect(count).toBeLessThanOrEqual(MAX_DATAGRAMS);
          expect(length).toBeLessThanOrEqual(MAX_OCTETS);
          expect(length).toBeGreaterThanOrEqual(segment * (count - 1));
          expect(length).toBeLessThanOrEqual(segment * count);
          at += length;
        }
        expect(batch.at).toBe(at);
        expect(batch.all.reduce((sum, { count }) => sum + count, 0)).toBe(taken.length);
        expect(batch.all.length).toBeLessThanOrEqual(MESSAGES);
      }),
    );
  });

  test.each([
    ['more octets than a datagram may have', MAX_OCTETS + 1],
    ['a length that is none', -1],
    ['a broken length', 1.5],
  ])('refuses %s', (_name, bytes) => {
    expect(() => batchOf().add(bytes, 'a', 0)).toThrow(RangeError);
  });

  test('refuses datagrams outside of its range, and a range outside of the arena', () => {
    const batch = batchOf({ begin: 64, end: 164 });
    expect([batch.fits(100), batch.fits(101)]).toEqual([true, false]);
    batch.add(60, 'a', 0);
    expect(() => batch.add(41, 'a', 0)).toThrow(RangeError);
    expect(() => batchOf({ begin: 64, end: BYTES + 1 })).toThrow(RangeError);
  });

  test('refuses more messages than it holds, and is empty after it was cleared', () => {
    const batch = batchOf();
    for (let i = 0; i < MESSAGES; i++) batch.add(10, `${i}`, 0);
    expect(batch.fits(10)).toBe(false);
    expect(() => batch.add(10, 'b', 0)).toThrow(RangeError);
    batch.empties();
    expect([batch.empty, batch.at, batch.all.length]).toEqual([true, 64, 0]);
  });
});
