import { expect, test } from 'vitest';
import { TransitSpread } from '../../../src/stats/transit-spread.ts';

test('time in a queue is the mean above the smallest, whatever the offset of the clocks', () => {
  for (const offset of [0, -7e15, 7e15]) {
    const spread = new TransitSpread();
    for (const [at, ms] of [2, 5, 1, 8].entries()) spread.observe(offset + ms * 1e6, at * 1e6);
    expect(spread.meanNs).toBe(3e6);
  }
});

test('one packet gives no result, and packets after ten seconds do not count', () => {
  const spread = new TransitSpread();
  spread.observe(5e6, 0);
  expect(spread.meanNs).toBeNull();
  spread.observe(7e6, 10e9);
  spread.observe(900e6, 10.1e9);
  expect(spread.meanNs).toBe(1e6);
});
