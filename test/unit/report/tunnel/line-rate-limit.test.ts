import { expect, test } from 'vitest';
import { NS_PER_S } from '../../../../src/core/time.ts';
import { LINES_AT_ONCE, LineRateLimit } from '../../../../src/report/tunnel/line-rate-limit.ts';
import type { EventDetails, TunnelEvent } from '../../../../src/tunnel/wireguard/events.ts';

const FROM = { address: '192.0.2.1', port: 1 };
const of = (happening: EventDetails, seconds: number): TunnelEvent => ({
  ...happening,
  peer: null,
  at: seconds * NS_PER_S,
});
const roamed = (seconds: number) => of({ tag: 'roamed', from: FROM, to: FROM }, seconds);
const dropped = (reason: 'no-peer' | 'replayed') => of({ tag: 'dropped', reason, count: 1, detail: null }, 0);

function budget() {
  const lines: string[] = [];
  return { lines, budget: new LineRateLimit((line) => void lines.push(line)) };
}

test('of one kind there are some at once, of which the last says that more are left out', () => {
  const { lines, budget: one } = budget();
  for (let i = 0; i < 100; i++) one.say(`${i}`, roamed(0));
  expect(lines).toHaveLength(LINES_AT_ONCE);
  expect(lines.slice(0, -1)).toEqual(Array.from({ length: LINES_AT_ONCE - 1 }, (_, i) => `${i}`));
  expect(lines.at(-1)).toBe('19 (more like this are left out for now; winze tunnel show has the counts)');
  one.reportLeftOut();
  expect(lines.at(-1)).toBe('80 messages more were left out; winze tunnel show has the counts');
});

test('one more comes every 2 s, with the number of those before; after a rest all is as in the beginning', () => {
  const { lines, budget: one } = budget();
  for (let i = 0; i < 30; i++) one.say('x', roamed(0));
  one.say('early', roamed(1));
  one.say('later', roamed(2));
  expect(lines.slice(LINES_AT_ONCE)).toEqual(['later (and 11 messages like this were left out)']);
  for (let i = 0; i < LINES_AT_ONCE - 1; i++) one.say('rested', roamed(100));
  expect(lines.slice(LINES_AT_ONCE + 1)).toEqual(Array(LINES_AT_ONCE - 1).fill('rested'));
  one.reportLeftOut();
  expect(lines.at(-1)).toBe('rested');
});

test('one kind does not take the place of another', () => {
  const { lines, budget: one } = budget();
  for (let i = 0; i < 100; i++) one.say('a', dropped('no-peer'));
  one.say('b', dropped('replayed'));
  one.say('c', roamed(0));
  expect(lines.slice(LINES_AT_ONCE)).toEqual(['b', 'c']);
});
