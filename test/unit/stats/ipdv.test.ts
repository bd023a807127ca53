import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../../src/stats/histogram.ts';
import { recordIpdv } from '../../../src/stats/ipdv.ts';

const LOST = Number.NaN;
const ipdvOf = (delays: Iterable<number>): Histogram => {
  const histogram = new Histogram();
  recordIpdv(delays, histogram);
  return histogram;
};

describe('recordIpdv()', () => {
  test.each([
    [[], 0],
    [[5], 0],
    [[5, LOST], 0],
    [[5, LOST, 9], 0],
    [[LOST, LOST], 0],
    [[5, 9], 1],
    [[5, 9, LOST, 7, 7, LOST, LOST, 1, 2, 3], 4],
  ])('of %j gives %d values: none across a loss (RFC 3393)', (delays, n) => {
    expect(ipdvOf(Float64Array.from(delays)).count).toBe(n);
  });

  test('records the size of the step, up or down', () => {
    const histogram = ipdvOf([100, 130, 90, LOST, 1000, 1001]);
    expect([histogram.count, histogram.min, histogram.max]).toEqual([3, 1, 40]);
    expect(histogram.mean).toBe(71 / 3);
  });

  test('gives what the pairs of received neighbours give', () => {
    const delay = fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: LOST, freq: 4 });
    fc.assert(
      fc.property(fc.array(delay, { maxLength: 80 }), (delays) => {
        const want = new Histogram();
        for (let i = 1; i < delays.length; i++) {
          const pair = delays.slice(i - 1, i + 1);
          if (pair.every(Number.isFinite)) want.record(Math.max(...pair) - Math.min(...pair));
        }
        expect(ipdvOf(delays).distribution()).toEqual(want.distribution());
      }),
    );
  });
});
