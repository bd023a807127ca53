import { describe, expect, test } from 'vitest';
import { MtuBounds } from '../../../../src/path/mtu/mtu-bounds.ts';
import { ProbeLog } from '../../../../src/path/mtu/probe-log.ts';
import { SizePlan } from '../../../../src/path/mtu/size-plan.ts';
import { SizeRound } from '../../../../src/path/mtu/size-round.ts';

const LEAST = 100;

function planFor(most: number, parallel = 12) {
  const bounds = new MtuBounds(most);
  const round = new SizeRound(LEAST, { parallel, gapNs: 1, pauseNs: 1 }, new ProbeLog());
  const plan = new SizePlan({ least: LEAST, parallel }, bounds, round);
  /** Sizes of the round, ascending. */
  const sizes = (): readonly number[] =>
    round
      .due(0)
      .map(({ size }) => size)
      .sort((a, b) => a - b);
  return { bounds, plan, sizes };
}

describe('SizePlan', () => {
  test('tries the largest alone before anything passed', () => {
    const { plan, sizes } = planFor(1500);
    plan.fill();
    expect(sizes()).toEqual([1500]);
  });

  test('goes on with common sizes, then divides what is left', () => {
    const { bounds, plan, sizes } = planFor(1500);
    bounds.pass(1450);
    plan.fill();
    expect(sizes()).toEqual([1460, 1476, 1480, 1492, 1500]);
    bounds.pass(1480);
    bounds.fail(1492, false);
    plan.settle(1492);
    expect(sizes()).toEqual([]);
    plan.fill();
    expect(sizes()).toEqual([1481, 1482, 1483, 1484, 1485, 1486, 1487, 1488, 1489, 1490, 1491]);
  });

  test('tries the smallest failed size a second time, and drops it when a larger one passed', () => {
    const { bounds, plan, sizes } = planFor(1500);
    bounds.pass(1499);
    bounds.fail(1500, false);
    plan.fill();
    expect(sizes()).toEqual([1500]);
    plan.settle(null);
    expect(sizes()).toEqual([1500]);
    bounds.pass(1500);
    plan.settle(null);
    expect(sizes()).toEqual([]);
  });

  test('what somebody said goes first, with the size above, eight times at most', () => {
    const { bounds, plan, sizes } = planFor(9000, 1);
    bounds.pass(200);
    const steered = Array.from({ length: 20 }, (_, i) => plan.steer(1000 + 10 * i));
    expect(steered.filter(Boolean)).toHaveLength(8);
    plan.fill();
    expect(sizes()).toEqual([1000, 1010, 1020, 1030, 1040, 1050, 1060, 1070].flatMap((size) => [size, size + 1]));
  });

  test('what is said of a size that passed, or that is never sent, is not tried', () => {
    const { bounds, plan } = planFor(1500);
    expect(plan.steer(LEAST - 1)).toBe(false);
    bounds.pass(1400);
    expect([plan.steer(1400), plan.steer(1401)]).toEqual([false, true]);
  });
});
