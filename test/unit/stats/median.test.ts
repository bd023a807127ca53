import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, medianWithInterval } from '../../../src/stats/median.ts';

/** mulberry32: 32 bits of state, uniform in [0, 1). */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
/** Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const ratios = fc.double({ min: 1e-3, max: 1e3, noNaN: true });

describe('median()', () => {
  test.each([
    [[], null],
    [[3], 3],
    [[1, 2], 1.5],
    [[9, 1, 5], 5],
    [[10, 9, 2, 1], 5.5],
    [[-5, 100, -7], -5],
    [[0.3, 0.3], 0.3],
  ])('of %j is %j', (samples, want) => {
    expect(median(samples)).toBe(want);
  });

  test('has half of the samples on either side, and does not change its argument', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (samples) => {
        const copy = [...samples];
        const middle = median(samples) ?? Number.NaN;
        expect(samples).toEqual(copy);
        expect(samples.filter((sample) => sample <= middle).length * 2).toBeGreaterThanOrEqual(samples.length);
        expect(samples.filter((sample) => sample >= middle).length * 2).toBeGreaterThanOrEqual(samples.length);
      }),
    );
  });

  test('refuses NaN', () => {
    expect(() => median([1, Number.NaN])).toThrow(RangeError);
  });
});

describe('medianWithInterval()', () => {
  // Two-sided sign test at 5 %: critical counts as printed in textbooks; the rank is one more.
  const CRITICAL = [
    [6, 0],
    [7, 0],
    [8, 0],
    [9, 1],
    [10, 1],
    [11, 1],
    [12, 2],
    [13, 2],
    [14, 2],
    [15, 3],
    [16, 3],
    [17, 4],
    [18, 4],
    [19, 4],
    [20, 5],
    [25, 7],
    [30, 9],
    [40, 13],
    [50, 17],
    [100, 39],
  ] as const;
  test.each(CRITICAL)('of %d samples takes the published ranks (critical count %d)', (n, critical) => {
    const samples = Array.from({ length: n }, (_, i) => ((i * 7919) % n) + 1);
    expect(new Set(samples).size).toBe(n);
    expect(medianWithInterval(samples).ci95).toEqual([critical + 1, n - critical]);
  });

  test('of many samples is what the normal approximation gives', () => {
    const n = 10_000;
    const [low, high] = medianWithInterval(Array.from({ length: n }, (_, i) => i + 1)).ci95 ?? [0, 0];
    expect(Math.abs(low - (n / 2 - 1.96 * Math.sqrt(n / 4)))).toBeLessThan(2);
    expect(low + high).toBe(n + 1);
  });

  test.each([
    // mean of logs +- t * s / sqrt(n), with t(0.975) of 1..4 degrees of freedom from the printed table.
    [[1, Math.E], 12.706, Math.SQRT1_2],
    [[1, Math.E, Math.E ** 2], 4.303, 1],
    [[1, Math.E, Math.E ** 2, Math.E ** 3], 3.182, 1.2909944],
    [[1, Math.E, Math.E ** 2, Math.E ** 3, Math.E ** 4], 2.776, 1.5811388],
  ])('of %j is Student t on the logarithms', (samples, t, deviation) => {
    const centre = (samples.length - 1) / 2;
    const half = (t * deviation) / Math.sqrt(samples.length);
    const [low, high] = medianWithInterval(samples).ci95 ?? [Number.NaN, Number.NaN];
    expect(Math.log(low)).toBeCloseTo(centre - half, 2);
    expect(Math.log(high)).toBeCloseTo(centre + half, 2);
  });

  test('needs two samples', () => {
    expect(medianWithInterval([])).toEqual({ median: null, ci95: null, n: 0 });
    expect(medianWithInterval([0.9])).toEqual({ median: 0.9, ci95: null, n: 1 });
  });

  test('of two to five samples has no interval when one has no logarithm', () => {
    expect(medianWithInterval([0, 0.5, 0.6])).toEqual({ median: 0.5, ci95: null, n: 3 });
    expect(medianWithInterval([-1, 0.5]).ci95).toBeNull();
    expect(medianWithInterval([0, 1, 2, 3, 4, 5]).ci95).toEqual([0, 5]);
  });

  test('contains the median and does not depend on order', () => {
    fc.assert(
      fc.property(fc.array(ratios, { minLength: 2, maxLength: 40 }), (samples) => {
        const { median: middle, ci95, n } = medianWithInterval(samples);
        const [low, high] = ci95 ?? [Number.NaN, Number.NaN];
        expect(low).toBeLessThanOrEqual(middle ?? Number.NaN);
        expect(high).toBeGreaterThanOrEqual(middle ?? Number.NaN);
        expect(n).toBe(samples.length);
        expect(medianWithInterval([...samples].reverse())).toEqual({ median: middle, ci95, n });
      }),
    );
  });

  test('of equal samples is that value', () => {
    fc.assert(
      fc.property(ratios, fc.integer({ min: 2, max: 8 }), (ratio, n) => {
        const { median: middle, ci95 } = medianWithInterval(new Array<number>(n).fill(ratio));
        const [low, high] = ci95 ?? [Number.NaN, Number.NaN];
        expect(middle).toBe(ratio);
        expect(low).toBeLessThanOrEqual(ratio);
        expect(high).toBeGreaterThanOrEqual(ratio);
        expect(high / low).toBeCloseTo(1, 6);
      }),
    );
  });

  test.each([2, 3, 4, 5])('of %d log-normal samples covers the true median 95 times in 100', (n) => {
    const random = seeded(n);
    const share = coverage(() => 0.8 * Math.exp(0.1 * normal(random)), 0.8, n);
    expect(share).toBeGreaterThan(0.94);
    expect(share).toBeLessThan(0.96);
  });

  test.each([6, 9, 12, 17, 20])('of %d samples covers the median of a skewed law at least 95 times in 100', (n) => {
    const random = seeded(n);
    expect(coverage(() => -Math.log(1 - random()), Math.LN2, n)).toBeGreaterThan(0.945);
  });

  function coverage(draw: () => number, truth: number, n: number): number {
    const trials = 8000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const [low, high] = medianWithInterval(Array.from({ length: n }, draw)).ci95 ?? [Number.NaN, Number.NaN];
      if (low <= truth && truth <= high) covered++;
    }
    return covered / trials;
  }
});
