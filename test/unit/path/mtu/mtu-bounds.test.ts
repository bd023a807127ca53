import { describe, expect, test } from 'vitest';
import { MtuBounds } from '../../../../src/path/mtu/mtu-bounds.ts';
import { triesAgainst } from '../../../../src/path/mtu/tried-size.ts';

describe('MtuBounds', () => {
  test('are final when the smallest failed size, next to what passed, has failed twice', () => {
    const bounds = new MtuBounds(1500);
    bounds.pass(1400);
    bounds.fail(1450, false);
    bounds.fail(1401, false);
    expect([bounds.isClosed, bounds.isFinal]).toEqual([true, false]);
    bounds.fail(1401, false);
    expect([bounds.passed, bounds.failed, bounds.isFinal]).toEqual([1400, 1401, true]);
  });

  test('a certain failure needs no second one, and the largest that can be sent none at all', () => {
    const bounds = new MtuBounds(1500);
    bounds.pass(1400);
    bounds.fail(1401, true);
    expect(bounds.isFinal).toBe(true);
    const whole = new MtuBounds(1500);
    whole.pass(1500);
    expect([whole.isFinal, whole.failed]).toEqual([true, 1501]);
  });

  test('a size that passes takes back every smaller failure, confirmed or not, and no larger one', () => {
    const bounds = new MtuBounds(1500);
    bounds.pass(1200);
    for (const size of [1490, 1300, 1201, 1201]) bounds.fail(size, false);
    expect(bounds.isFinal).toBe(true);
    bounds.pass(1350);
    expect([bounds.passed, bounds.failed, bounds.contradictions, bounds.isFinal]).toEqual([1350, 1490, 1, false]);
    bounds.pass(1490);
    expect([bounds.failed, bounds.contradictions]).toEqual([1501, 2]);
  });

  test('what passed does not fail, and the limit of the sender takes back nothing', () => {
    const bounds = new MtuBounds(1500);
    bounds.pass(1400);
    bounds.fail(1400, true);
    expect(bounds.failed).toBe(1501);
    expect(bounds.limit(1399), 'it has sent 1400').toBe(false);
    expect(bounds.limit(1420)).toBe(true);
    expect(bounds.limit(1420)).toBe(false);
    expect([bounds.most, bounds.failed, bounds.isOpen(1420), bounds.isOpen(1421)]).toEqual([1420, 1421, true, false]);
  });
});

test.each([
  [100, 0, 3],
  [100, 5, 3],
  [100, 10, 3],
  [100, 20, 5],
  [100, 35, 7],
  [100, 50, 10],
  [100, 90, 10],
])(
  'triesAgainst(%i sent, %i lost): %i, so that loss alone explains a failure once in 1000 (0.35^7 = 0.0006)',
  (sent, lost, tries) => {
    expect(triesAgainst({ sent, lost })).toBe(tries);
  },
);
