import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowSequence } from '../../../../src/capture/tunnels/flow-sequence.ts';

function resultOf(numbers: readonly number[], bits: 16 | 32 = 32) {
  const sequence = new FlowSequence(bits);
  for (const number of numbers) sequence.observe(number);
  return sequence.result();
}

describe('FlowSequence', () => {
  test.each<[string, readonly number[], object]>([
    ['nothing lost', [5, 6, 7, 8], { received: 4, lost: 0, loss_ratio: 0 }],
    ['two lost', [5, 6, 9], { received: 3, lost: 2, loss_ratio: 0.4 }],
    ['one late', [5, 7, 6, 8], { received: 4, lost: 0, reordered: 1 }],
    ['one before the first', [5, 4, 6], { received: 3, lost: 0, reordered: 1 }],
    ['one twice', [5, 6, 6, 7], { received: 3, lost: 0, duplicated: 1 }],
    ['over the end of 32 bits', [0xffff_fffe, 0xffff_ffff, 1], { received: 3, lost: 1 }],
    ['one from elsewhere', [5, 6, 0x7000_0000, 7, 8], { received: 4, lost: 0, implausible: 1, restarts: 0 }],
    [
      'begun anew, with losses before and after',
      [9_000_000, 9_000_002, 9_000_003, 0, 1, 3, 4],
      { received: 7, lost: 2, restarts: 1, implausible: 0 },
    ],
  ])('%s', (_, numbers, expected) => {
    expect(resultOf(numbers)).toMatchObject(expected);
  });

  test('numbers of 16 bits wrap around', () => {
    const numbers = Array.from({ length: 200_000 }, (_, n) => n & 0xffff).filter((_, n) => n % 1000 !== 7);
    expect(resultOf(numbers, 16)).toMatchObject({ received: 199_800, lost: 200, restarts: 0, implausible: 0 });
  });

  test('random values are not sequence numbers', () => {
    expect(resultOf(Array.from({ length: 100 }, (_, n) => Math.imul(n, 0x9e37_79b1) >>> 0))).toBeNull();
    expect(resultOf([])).toBeNull();
  });

  test('counts equal those of a set for any numbers within the window', () => {
    const numbers = fc.array(fc.nat({ max: 2000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(numbers, fc.constantFrom(0, 1_000_000, 0xffff_fc00), (offsets, base) => {
        const seen = new Set<number>();
        let [duplicated, reordered, largest] = [0, 0, -1];
        for (const offset of offsets) {
          if (seen.has(offset)) duplicated++;
          else if (offset < largest) reordered++;
          seen.add(offset);
          largest = Math.max(largest, offset);
        }
        const lost = largest - Math.min(...seen) + 1 - seen.size;
        expect(resultOf(offsets.map((offset) => (base + offset) >>> 0))).toMatchObject({
          received: seen.size,
          lost,
          duplicated,
          reordered,
          stale: 0,
        });
      }),
    );
  });

  test('never throws', () => {
    const number = fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.constantFrom(0, 1, 2, 0xffff_ffff, 0x8000_0000, 5000));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), fc.constantFrom<16 | 32>(16, 32), (numbers, bits) => {
        const result = resultOf(numbers, bits);
        if (result === null) return;
        const { received, duplicated, stale, implausible, lost } = result;
        expect(received + duplicated + stale + implausible).toBe(numbers.length);
        expect(lost).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
