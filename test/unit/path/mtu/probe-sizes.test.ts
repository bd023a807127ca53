import fc from 'fast-check';
import { expect, test } from 'vitest';
import { between, commonSizes, spread } from '../../../../src/path/mtu/probe-sizes.ts';

test('commonSizes() has what is open, with the largest that is wanted', () => {
  expect(commonSizes(1280, 1501, 1500)).toEqual([
    1340, 1380, 1400, 1412, 1420, 1440, 1450, 1460, 1476, 1480, 1492, 1500,
  ]);
  expect(commonSizes(1400, 1420, 1500)).toEqual([1412]);
  expect(commonSizes(80, 701, 700)).toEqual([576, 700]);
});

test('spread() takes as many as there may be, evenly, the last among them', () => {
  expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
  expect(spread([1, 2, 3, 4, 5, 6, 7, 8], 4)).toEqual([2, 4, 6, 8]);
  expect(spread([1, 2, 3, 4, 5, 6, 7], 1)).toEqual([4]);
});

test('between() stays inside, ascends without repetition, and leaves no gap that is much wider than another', () => {
  const bounds = fc.tuple(
    fc.integer({ min: 0, max: 70_000 }),
    fc.integer({ min: 2, max: 70_000 }),
    fc.integer({ min: 1, max: 16 }),
  );
  fc.assert(
    fc.property(bounds, ([passed, width, count]) => {
      const failed = passed + width;
      const sizes = between(passed, failed, count);
      expect(sizes.length).toBe(Math.min(count, width - 1));
      const edges = [passed, ...sizes, failed];
      const gaps = edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(0);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil(width / (sizes.length + 1)) + 1);
    }),
  );
});
