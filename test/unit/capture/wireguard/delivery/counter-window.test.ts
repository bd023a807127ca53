import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureClock } from '../../../../../src/capture/wireguard/capture-clock.ts';
import { BitBudget } from '../../../../../src/capture/wireguard/delivery/bit-budget.ts';
import { CounterWindow } from '../../../../../src/capture/wireguard/delivery/counter-window.ts';

const clock = new CaptureClock();
const windowOf = (counters: readonly number[], limitBits?: number): CounterWindow => {
  const window = new CounterWindow(new BitBudget(), limitBits);
  for (const [i, counter] of counters.entries()) window.observe(counter, i + 1, clock);
  return window;
};
const figuresOf = (window: CounterWindow): object => {
  const { received, lost, duplicates, reordered, extentMax, stale, min, max } = window;
  const { n, lost: inRuns, max: longest } = window.runs();
  return { received, lost, duplicates, reordered, extentMax, stale, min, max, runs: n, inRuns, longest };
};

/** The same figures by remembering everything. */
function oracle(counters: readonly number[]): object {
  const seen = new Set<number>();
  const [duplicates, reordered, extents] = [[] as number[], [] as number[], [0]];
  let max = -1;
  for (const counter of counters) {
    if (seen.has(counter)) duplicates.push(counter);
    else if (counter < max) {
      reordered.push(counter);
      extents.push(max - counter);
    }
    seen.add(counter);
    max = Math.max(max, counter);
  }
  const min = counters.length === 0 ? -1 : Math.min(...counters);
  const runs: number[] = [];
  for (let counter = min; counter < max; counter++) {
    if (seen.has(counter)) continue;
    if (counter === min || seen.has(counter - 1)) runs.push(0);
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
  }
  const lost = runs.reduce((sum, run) => sum + run, 0);
  return {
    received: seen.size,
    lost,
    duplicates: duplicates.length,
    reordered: reordered.length,
    extentMax: Math.max(...extents),
    stale: 0,
    min,
    max,
    runs: runs.length,
    inRuns: lost,
    longest: Math.max(0, ...runs),
  };
}

/** Counters that go up with losses, copies and reordering of up to some hundreds. */
const traffic = fc
  .tuple(
    fc.nat(2 ** 40),
    fc.array(fc.record({ step: fc.oneof(fc.constant(1), fc.nat(40)), back: fc.oneof(fc.constant(0), fc.nat(400)) }), {
      maxLength: 400,
    }),
  )
  .map(([start, moves]) => {
    let top = start + 400;
    return moves.map(({ step, back }) => {
      top += step;
      return back > 0 ? Math.max(0, top - back) : top;
    });
  });

test('CounterWindow counts the same as a set of all counters', () => {
  fc.assert(
    fc.property(traffic, (counters) => {
      expect(figuresOf(windowOf(counters))).toEqual(oracle(counters));
    }),
    { numRuns: 300 },
  );
});

test('CounterWindow counts as exactly while it slides', () => {
  fc.assert(
    fc.property(traffic, (counters) => {
      // 1024 counters are remembered, and nothing is more than 800 late.
      expect(figuresOf(windowOf(counters, 1024))).toEqual(oracle(counters));
    }),
    { numRuns: 300 },
  );
});

test('CounterWindow stays exact without memory to grow', () => {
  const window = new CounterWindow(new BitBudget(0));
  const counters = Array.from({ length: 5000 }, (_, i) => i + (i % 7 === 0 ? 1 : 0));
  for (const [i, counter] of counters.entries()) window.observe(counter, i, clock);
  expect(figuresOf(window)).toEqual(oracle(counters));
});

test('CounterWindow counts messages below the window as stale', () => {
  const window = windowOf([0, 10, 200_000, 300_000, 5]);
  expect(window).toMatchObject({ received: 4, stale: 1, lost: 299_997 });
  expect(window.runs()).toEqual({ n: 3, lost: 299_997, max: 199_989 });
});

test('CounterWindow counts the losses in a jump over the whole window', () => {
  const window = windowOf([0, 1, 5, 1_000_000, 1_000_001]);
  expect(window).toMatchObject({ received: 5, lost: 999_997 });
  expect(window.runs()).toEqual({ n: 2, lost: 999_997, max: 999_994 });
});

test('CounterWindow ends a run of losses at 32 received messages', () => {
  const came = Array.from({ length: 32 }, (_, i) => 32 + i);
  expect(windowOf([30, ...came, 65]).runs()).toEqual({ n: 2, lost: 2, max: 1 });
});

test('CounterWindow ignores counters that no sender reaches', () => {
  const window = windowOf([1, 2, 2 ** 53, 2 ** 40, 3]);
  expect(window).toMatchObject({ received: 3, implausible: 2, lost: 0, max: 3 });
});

test('CounterWindow.gaps() returns what is still missing of the largest gaps', () => {
  const window = windowOf([0, 5, 6, 3, 20]);
  expect(window.gaps().map(({ first, count, frame, stillMissing }) => [first, count, frame, stillMissing])).toEqual([
    [1, 4, 2, 3],
    [7, 13, 5, 13],
  ]);
});
