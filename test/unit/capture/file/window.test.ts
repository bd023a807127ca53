import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWindow } from '../../../../src/capture/file/window.ts';

const OCTETS = Uint8Array.from({ length: 64 }, (_, i) => i);

/** Reads octets from the window as a parser does: in parts of the given sizes. */
function take(window: ByteWindow, count: number): number[] | null {
  if (!window.need(count)) return null;
  const taken = [...window.bytes.subarray(window.position, window.position + count)];
  window.position += count;
  return taken;
}

describe('ByteWindow', () => {
  test('reads a chunk in place', () => {
    const window = new ByteWindow();
    window.push(OCTETS);
    expect(window.need(64)).toBe(true);
    expect(window.bytes).toBe(OCTETS);
    expect(window.need(65)).toBe(false);
  });

  test('no longer refers to a chunk when it asks for more', () => {
    const window = new ByteWindow();
    const chunk = OCTETS.slice(0, 8);
    window.push(chunk);
    expect(take(window, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(window.need(4)).toBe(false);
    chunk.fill(0xee);
    window.push(OCTETS.slice(8, 16));
    expect(take(window, 4)).toEqual([5, 6, 7, 8]);
    expect(window.offset).toBe(9);
    expect(window.availableBytes).toBe(7);
  });

  test('copies only what extends over two chunks', () => {
    const window = new ByteWindow();
    window.push(OCTETS.slice(0, 8));
    take(window, 6);
    expect(window.need(4)).toBe(false);
    const second = OCTETS.slice(8, 64);
    window.push(second);
    expect(take(window, 4)).toEqual([6, 7, 8, 9]);
    expect(take(window, 4)).toEqual([10, 11, 12, 13]);
    expect(window.bytes).toBe(second);
  });

  test('grows with the octets received, not with the octets asked for', () => {
    const window = new ByteWindow();
    window.push(OCTETS);
    expect(window.need(2 ** 40)).toBe(false);
    expect(window.bytes.length).toBeLessThanOrEqual(4096);
  });

  test('accepts several chunks before anything is read', () => {
    const window = new ByteWindow();
    for (let i = 0; i < 64; i += 5) window.push(OCTETS.slice(i, i + 5));
    expect(window.availableBytes).toBe(64);
    expect(take(window, 64)).toEqual([...OCTETS]);
    expect(window.offset).toBe(64);
  });

  test('skips available octets and returns how many are missing', () => {
    const window = new ByteWindow();
    window.push(OCTETS.slice(0, 4));
    window.push(OCTETS.slice(4, 10));
    expect(window.skip(7)).toBe(0);
    expect(window.skip(100)).toBe(97);
    expect(window.offset).toBe(10);
    window.push(OCTETS.slice(10));
    expect(take(window, 2)).toEqual([10, 11]);
  });

  test('returns the same octets at the same offsets, however they are split, read and skipped', () => {
    const cuts = fc.array(fc.nat({ max: 9 }), { maxLength: 30 });
    const steps = fc.array(fc.record({ count: fc.nat({ max: 20 }), skips: fc.boolean() }), { maxLength: 30 });
    fc.assert(
      fc.property(cuts, steps, fc.nat({ max: 3 }), (lengths, moves, unread) => {
        const window = new ByteWindow();
        let at = 0;
        let pushed = 0;
        let held = 0;
        const queue = [...lengths, OCTETS.length];
        const more = (): boolean => {
          const length = queue.shift();
          if (length === undefined) return false;
          window.push(OCTETS.slice(pushed, pushed + length));
          pushed = Math.min(OCTETS.length, pushed + length);
          return true;
        };
        for (const { count, skips } of moves) {
          // Some chunks are pushed before the first read.
          if (held++ < unread) more();
          if (skips) {
            let left = window.skip(count);
            while (left > 0 && more()) left = window.skip(left);
            at += count - left;
          } else {
            let taken = take(window, count);
            while (taken === null && more()) taken = take(window, count);
            if (taken === null) break;
            expect(taken).toEqual([...OCTETS.subarray(at, at + count)]);
            at += count;
          }
          expect(window.offset).toBe(at);
          expect(window.availableBytes).toBe(pushed - at);
        }
      }),
    );
  });
});
