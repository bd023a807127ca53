import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LossRunCounter, lossRuns } from '../../../src/stats/loss-runs.ts';

describe('lossRuns()', () => {
  test.each([
    ['', { n: 0, mean: null, max: 0 }],
    ['111', { n: 0, mean: null, max: 0 }],
    ['0', { n: 1, mean: 1, max: 1 }],
    ['000', { n: 1, mean: 3, max: 3 }],
    ['0110', { n: 2, mean: 1, max: 1 }],
    ['1001', { n: 1, mean: 2, max: 2 }],
    ['00010110', { n: 3, mean: 5 / 3, max: 3 }],
  ])('of %j', (outcomes, want) => {
    expect(lossRuns(Uint8Array.from(outcomes, Number))).toEqual(want);
  });

  test('agrees with splitting the outcomes as text', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (received) => {
        const runs = received
          .map((came) => (came ? '+' : '-'))
          .join('')
          .split(/\++/)
          .filter((run) => run !== '')
          .map((run) => run.length);
        const lost = received.filter((came) => !came).length;
        expect(lossRuns(received)).toEqual({
          n: runs.length,
          mean: runs.length === 0 ? null : lost / runs.length,
          max: Math.max(0, ...runs),
        });
      }),
    );
  });
});

describe('LossRunCounter', () => {
  test('result() in the middle counts the run that is going on, and does not end it', () => {
    const counter = new LossRunCounter();
    expect(counter.result()).toEqual({ n: 0, mean: null, max: 0 });
    for (const came of [true, false, false]) counter.observe(came);
    expect(counter.result()).toEqual({ n: 1, mean: 2, max: 2 });
    counter.observe(false);
    expect(counter.result()).toEqual({ n: 1, mean: 3, max: 3 });
  });
});
