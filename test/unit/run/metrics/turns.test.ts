import { expect, test } from 'vitest';
import { HourBudget } from '../../../../src/run/metrics/exporter/hour-budget.ts';
import { Turns } from '../../../../src/run/metrics/exporter/turns.ts';

const SECOND = 1e9;
const never = new AbortController().signal;

test('Turns.take() gives turns in order, for each key by itself', async () => {
  const turns = new Turns({ places: 2, mostWaiting: 2 });
  const order: string[] = [];
  const ends = [await turns.take('a', never), await turns.take('a', never)];
  const third = turns.take('a', never).then(() => order.push('third'));
  const fourth = turns.take('a', never).then(() => order.push('fourth'));
  expect(await turns.take('a', never), 'a fifth').toBeNull();
  expect(await turns.take('b', never), 'another key').not.toBeNull();
  expect(order).toEqual([]);
  ends[1]?.();
  await third;
  expect(order).toEqual(['third']);
  ends[0]?.();
  await fourth;
  expect(order).toEqual(['third', 'fourth']);
});

test('Turns.take() is null for who gives up, and the next one does not wait for it', async () => {
  const turns = new Turns({ places: 1, mostWaiting: 9 });
  const end = await turns.take('a', never);
  const leaving = new AbortController();
  const gone = turns.take('a', leaving.signal);
  const next = turns.take('a', never);
  leaving.abort();
  expect(await gone).toBeNull();
  end?.();
  (await next)?.();
  expect(await turns.take('a', AbortSignal.abort())).toBeNull();
  expect(await turns.take('a', never)).not.toBeNull();
});

test('HourBudget.spend() counts the hour until now, for each target by itself', () => {
  const budget = new HourBudget();
  expect(budget.spend('a', 60, 100, 0)).toBe(true);
  expect(budget.spend('a', 41, 100, 10 * SECOND)).toBe(false);
  expect(budget.spend('a', 40, 100, 10 * SECOND)).toBe(true);
  expect(budget.spend('b', 100, 100, 10 * SECOND)).toBe(true);
  expect(budget.spend('a', 1, 100, 3599 * SECOND)).toBe(false);
  // The first payload is an hour old.
  expect(budget.spend('a', 60, 100, 3600 * SECOND)).toBe(true);
  expect(budget.spend('a', 1, 100, 3600 * SECOND)).toBe(false);
});
