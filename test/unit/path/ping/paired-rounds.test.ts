import { describe, expect, test } from 'vitest';
import { PairedRounds } from '../../../../src/path/ping/paired-rounds.ts';

describe('PairedRounds', () => {
  test('pairs a round whichever lane comes first', () => {
    const rounds = new PairedRounds(2);
    for (let round = 0; round < 7; round++) {
      const [first, second] = round % 2 === 0 ? [0, 1] : [1, 0];
      rounds.record(first, round, first === 0 ? 100 : 150);
      rounds.record(second, round, second === 0 ? 100 : 150);
    }
    expect(rounds.figures(1)).toEqual({
      rounds: 7,
      median_ratio: 1.5,
      ratio_ci95: [1.5, 1.5],
      median_difference_ns: 50,
    });
  });

  test('the first lane is compared with none', () => {
    expect(new PairedRounds(2).figures(0)).toBeNull();
  });

  test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]]])(
    'each of three lanes has one pair a round, in the order %j',
    (order) => {
      const rounds = new PairedRounds(3);
      for (const lane of order) rounds.record(lane, 0, 10 * (lane + 1));
      expect(rounds.figures(1)).toMatchObject({ rounds: 1, median_ratio: 2 });
      expect(rounds.figures(2)).toMatchObject({ rounds: 1, median_ratio: 3 });
    },
  );

  test('a round that one lane lost gives no pair', () => {
    const rounds = new PairedRounds(3);
    rounds.record(0, 0, 10);
    rounds.record(2, 0, 30);
    rounds.record(1, 1, 20);
    expect(rounds.figures(1)).toMatchObject({ rounds: 0, median_ratio: null, median_difference_ns: null });
    expect(rounds.figures(2)).toMatchObject({ rounds: 1, median_ratio: 3, median_difference_ns: 20 });
  });

  test('a second time of a round is ignored', () => {
    const rounds = new PairedRounds(2);
    rounds.record(0, 0, 10);
    rounds.record(1, 0, 20);
    rounds.record(1, 0, 90);
    rounds.record(0, 0, 90);
    expect(rounds.figures(1)).toMatchObject({ rounds: 1, median_ratio: 2 });
  });

  test('a time of 0 has a difference and no ratio', () => {
    const rounds = new PairedRounds(2);
    rounds.record(0, 0, 0);
    rounds.record(1, 0, 5);
    expect(rounds.figures(1)).toMatchObject({ rounds: 1, median_ratio: null, median_difference_ns: 5 });
  });

  test('rounds without a partner do not fill memory', () => {
    const rounds = new PairedRounds(2);
    for (let round = 0; round < 10_000; round++) rounds.record(0, round, 10);
    rounds.record(1, 0, 10);
    rounds.record(1, 9_999, 10);
    expect(rounds.figures(1)?.rounds).toBe(1);
  });
});
