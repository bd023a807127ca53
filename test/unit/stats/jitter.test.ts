import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rfc3550Jitter } from '../../../src/stats/jitter.ts';

const jitterOf = (transits: readonly number[]): number | null => {
  const jitter = new Rfc3550Jitter();
  for (const transit of transits) jitter.observe(transit);
  return jitter.valueNs;
};

const transits = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 2, maxLength: 100 });

describe('Rfc3550Jitter', () => {
  test('is null below two packets', () => {
    expect(jitterOf([])).toBeNull();
    expect(jitterOf([5])).toBeNull();
  });

  test('follows J += (|D| - J) / 16 by hand (RFC 3550 section 6.4.1)', () => {
    expect(jitterOf([0, 1600])).toBe(100);
    expect(jitterOf([0, 1600, 0])).toBe(193.75);
    expect(jitterOf([7, 7, 7])).toBe(0);
  });

  test('is the weighted sum of the differences, the last weighing 1/16 (closed form)', () => {
    fc.assert(
      fc.property(transits, (values) => {
        const steps = values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0)));
        const sum = steps.reduce((total, step, i) => total + (step / 16) * (15 / 16) ** (steps.length - 1 - i), 0);
        expect(jitterOf(values)).toBeCloseTo(sum, 4);
      }),
    );
  });

  test('does not see a constant offset between the clocks', () => {
    fc.assert(
      fc.property(transits, fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), (values, offset) => {
        expect(jitterOf(values.map((value) => value + offset))).toBe(jitterOf(values));
      }),
    );
  });
});
