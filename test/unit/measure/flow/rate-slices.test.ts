import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_SLICES, RateSlices, rateSpread } from '../../../../src/measure/flow/rate-slices.ts';

const MS = 1e6;
const steady = (bytes: readonly number[], slice_ns = 100 * MS) => ({ slice_ns, slices: bytes });

describe('RateSlices', () => {
  test('lose nothing and stay bounded, however long a test takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.integer({ min: 0, max: 86_400_000 }), bytes: fc.integer({ min: 1, max: 1e6 }) })),
        (all) => {
          const slices = new RateSlices();
          for (const { at, bytes } of all.toSorted((a, b) => a.at - b.at)) slices.add(bytes, at * MS);
          const { slice_ns, slices: sums } = slices.report;
          expect(sums?.length).toBeLessThanOrEqual(MOST_SLICES);
          expect(sums?.reduce((sum, one) => sum + one, 0)).toBe(all.reduce((sum, one) => sum + one.bytes, 0));
          expect((slice_ns ?? 0) % (50 * MS)).toBe(0);
        },
      ),
    );
  });

  test('share what came in a time between the slices of that time', () => {
    const slices = new RateSlices();
    slices.spread(1000, 25 * MS, 125 * MS);
    slices.spread(7, 125 * MS, 125 * MS);
    expect(slices.report).toEqual({ slice_ns: 50 * MS, slices: [250, 500, 250] });
  });

  test('lose nothing of what is shared', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ took: fc.integer({ min: 1, max: 20_000 }), bytes: fc.integer({ min: 0, max: 1e9 }) })),
        (all) => {
          const slices = new RateSlices();
          let at = 0;
          for (const { took, bytes } of all) {
            slices.spread(bytes, at * MS, (at + took) * MS);
            at += took;
          }
          const { slices: sums } = slices.report;
          expect(sums?.every((one) => one >= 0) ?? false).toBe(true);
          expect(sums?.reduce((sum, one) => sum + one, 0)).toBe(all.reduce((sum, one) => sum + one.bytes, 0));
        },
      ),
    );
  });
});

describe('rateSpread()', () => {
  test('of a line that carries the same in each slice is no spread', () => {
    expect(rateSpread([steady([9e6, ...Array(10).fill(125_000), 10])])).toEqual({ p10: 10e6, p90: 10e6 });
  });

  test('is that of all streams together, also of slices of different lengths', () => {
    const halves = steady([0, 0, ...Array(20).fill(62_500), 0, 0], 50 * MS);
    expect(rateSpread([steady([0, ...Array(10).fill(125_000), 0]), halves])).toEqual({ p10: 20e6, p90: 20e6 });
    const turns = steady([
      0,
      ...Array(10)
        .fill(0)
        .map((_, i) => (i % 2) * 250_000),
      0,
    ]);
    expect(rateSpread([turns])).toEqual({ p10: 0, p90: 20e6 });
  });

  test('is not known of few slices, or of a stream that told none', () => {
    expect(rateSpread([steady(Array(7).fill(1))])).toBeNull();
    expect(rateSpread([steady(Array(9).fill(1)), { slice_ns: null, slices: null }])).toBeNull();
  });
});
