import { expect, test } from 'vitest';
import { hopMeanings } from '../../../../src/path/trace/hop-status.ts';

/** Answers of 100 probes by hop; the last is the target, unless nothing beyond answers. */
const statuses = (received: readonly number[], isReached = true, sent = 100): string[] =>
  hopMeanings(
    received.map((one, index) => ({
      sent,
      received: one,
      isTarget: isReached && index === received.length - 1,
      unreachable: null,
    })),
  ).map(({ status }) => status);

test.each<[string, readonly number[], readonly string[]]>([
  ['all answer', [100, 100, 100], ['ok', 'ok', 'target']],
  ['loss in the middle that does not go on', [100, 40, 100], ['ok', 'answers-some', 'target']],
  ['a silent router', [100, 0, 100], ['ok', 'silent', 'target']],
  ['loss from a hop to the end', [100, 80, 79, 81], ['ok', 'loss-begins', 'loss', 'loss']],
  ['loss at the target alone', [100, 100, 80], ['ok', 'ok', 'loss-begins']],
  ['a router that answers little on a path that loses', [100, 10, 80, 80], ['ok', 'loss-begins', 'loss', 'loss']],
  ['a single probe that is lost', [100, 100, 99], ['ok', 'ok', 'target']],
  ['loss at the first hop', [70, 70, 71], ['loss-begins', 'loss', 'loss']],
])('%s', (_, received, expected) => {
  expect(statuses(received)).toEqual(expected);
});

test('where the target does not answer, nothing is said of loss', () => {
  expect(statuses([100, 60, 0, 0], false)).toEqual(['ok', 'answers-some', 'no-answer', 'no-answer']);
  expect(hopMeanings([{ sent: 10, received: 5, isTarget: false, unreachable: null }])[0]?.words).toMatch(
    /is not known$/,
  );
});

test('the words tell a router that answers little from loss that goes on', () => {
  const words = (received: readonly number[]): readonly string[] =>
    hopMeanings(
      received.map((one, i) => ({ sent: 100, received: one, isTarget: i === received.length - 1, unreachable: null })),
    ).map((one) => one.words);
  expect(words([100, 10, 100])[1]).toBe('answers only some probes; the loss does not go on');
  expect(words([100, 10, 80])[1]).toBe(
    'loss of 20.0% begins here or right before, and goes on to the target, and it answers only some probes besides',
  );
});
