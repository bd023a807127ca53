import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../../src/stats/histogram.ts';

const filled = (values: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Nanoseconds of every magnitude, edges of octaves and of buckets among them. */
const nanos = fc.oneof(
  fc.integer({ min: 0, max: 4096 }),
  fc.maxSafeNat(),
  fc
    .tuple(fc.integer({ min: 0, max: 52 }), fc.integer({ min: -2, max: 2 }))
    .map(([bits, near]) => Math.max(0, 2 ** bits + near)),
  fc
    .tuple(fc.integer({ min: 0, max: 52 }), fc.double({ min: 1, max: 2, noNaN: true }))
    .map(([b, m]) => Math.floor(2 ** b * m)),
);

describe('Histogram', () => {
  test('percentile() is within 0.1 % of the value of that rank in the sorted samples', () => {
    fc.assert(
      fc.property(
        fc.array(nanos, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 10_000 }),
        (values, parts) => {
          // ceil of a fraction of whole numbers: no rounding in the oracle.
          const rank = Number((BigInt(parts) * BigInt(values.length) + 9999n) / 10_000n);
          const truth = sorted(values)[rank - 1] ?? Number.NaN;
          const found = filled(values).percentile(parts / 10_000) ?? Number.NaN;
          expect(Math.abs(found - truth)).toBeLessThanOrEqual(truth / 1000);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    [[10, 20, 30], 0.9999, 30],
    [[10, 20, 30], 0.5, 20],
    [[10, 20, 30, 40], 0.5, 20],
    [[10, 20, 30, 40], 0.500001, 30],
    [[10, 20], 0.5, 10],
    [[7], 0.0001, 7],
    [[10, 20, 30], 0, 10],
    [[10, 20, 30], 1, 30],
  ])('percentile() of %j at %f has the exact rank (ethr: one too low)', (values, p, want) => {
    expect(filled(values).percentile(p)).toBe(want);
  });

  test('percentile() of 1..n at every whole per mille has rank ceil(p * n), rounding of p notwithstanding', () => {
    for (const n of [10, 100, 999, 1000]) {
      const histogram = filled(Array.from({ length: n }, (_, i) => i + 1));
      for (let mille = 1; mille <= 1000; mille++) {
        expect(histogram.percentile(mille / 1000), `${mille} of ${n}`).toBe(Math.floor((mille * n + 999) / 1000));
      }
    }
  });

  test('count, min, max and mean are exact', () => {
    fc.assert(
      fc.property(fc.array(nanos, { minLength: 1, maxLength: 200 }), (values) => {
        const histogram = filled(values);
        const sum = values.reduce((total, value) => total + BigInt(value), 0n);
        expect(histogram.count).toBe(values.length);
        expect(histogram.min).toBe(sorted(values)[0]);
        expect(histogram.max).toBe(sorted(values).at(-1));
        expect(histogram.mean).toBe(Number(sum) / values.length);
      }),
    );
  });

  test('mean keeps small values beside huge ones', () => {
    const histogram = filled([2 ** 53, ...new Array<number>(1000).fill(1)]);
    expect(histogram.mean).toBe((2 ** 53 + 1000) / 1001);
  });

  test('percentile() of the first and of the last rank is exact', () => {
    const histogram = filled([2 ** 40 + 12_345, 2 ** 50 + 1, 2 ** 51 - 1]);
    expect(histogram.percentile(0.1)).toBe(2 ** 40 + 12_345);
    expect(histogram.percentile(0.9)).toBe(2 ** 51 - 1);
  });

  test('percentile() stays within [min, max]', () => {
    const histogram = filled([2_000_001, 2_000_001, 2_000_001]);
    expect(histogram.percentile(0.5)).toBe(2_000_001);
  });

  test('merge() is the same as recording everything in one', () => {
    fc.assert(
      fc.property(fc.array(nanos), fc.array(nanos), (left, right) => {
        const merged = filled(left);
        const other = filled(right);
        const before = other.distribution();
        merged.merge(other);
        expect(merged.distribution()).toEqual(filled([...left, ...right]).distribution());
        expect(other.distribution()).toEqual(before);
      }),
    );
  });

  test('merge() with itself counts everything twice', () => {
    const histogram = filled([1, 5000, 2 ** 40]);
    histogram.merge(histogram);
    expect(histogram.distribution()).toEqual(filled([1, 1, 5000, 5000, 2 ** 40, 2 ** 40]).distribution());
  });

  test('distribution() of nothing has null for all but n', () => {
    expect(new Histogram().distribution()).toEqual({
      n: 0,
      min: null,
      mean: null,
      p50: null,
      p90: null,
      p95: null,
      p99: null,
      p999: null,
      p9999: null,
      max: null,
    });
  });

  test('distribution() of 1..1000 has the correct percentiles', () => {
    expect(filled(Array.from({ length: 1000 }, (_, i) => i + 1)).distribution()).toEqual({
      n: 1000,
      min: 1,
      mean: 500.5,
      p50: 500,
      p90: 900,
      p95: 950,
      p99: 990,
      p999: 999,
      p9999: 1000,
      max: 1000,
    });
  });

  test('record() accepts fractions, and min, max and mean include them', () => {
    const histogram = filled([0.25, 1.5, 2.75]);
    expect([histogram.min, histogram.mean, histogram.max]).toEqual([0.25, 1.5, 2.75]);
    expect(histogram.percentile(0.5)).toBe(1);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53 + 2])(
    'record() refuses %f and records nothing',
    (value) => {
      const histogram = new Histogram();
      expect(() => histogram.record(value)).toThrow(RangeError);
      expect(histogram.count).toBe(0);
    },
  );

  test.each([-0.1, 1.1, 99, Number.NaN])('percentile() refuses %f, which is no ratio', (p) => {
    expect(() => filled([1]).percentile(p)).toThrow(RangeError);
  });
});
