import { expect, test } from 'vitest';
import { busiestThread, threadFacts } from '../../../../src/measure/flow/thread-use.ts';

const of = (thread_ratio: number | null, wait_ratio: number | null) => ({ thread_ratio, wait_ratio });

test('the busiest thread is the one with the least time to spare', () => {
  expect(busiestThread([of(0.6, 0.1), of(0.2, 0.7), of(null, 1)])).toEqual({ ran: 0.2, waited: 0.7 });
  // Two clocks: no thread ran and waited for more time than there was.
  expect(busiestThread([of(0.6, 0.5)])).toEqual({ ran: 0.6, waited: 0.4 });
  expect(busiestThread([of(0.6, null)])).toEqual({ ran: 0.6, waited: 0 });
  expect(busiestThread([of(null, 1)])).toBeNull();
});

test('the facts of an end are the most that one ran and the most that one waited', () => {
  expect(threadFacts([of(0.6, 0.1), of(0.2, 0.7)])).toEqual({ busiest_thread_ratio: 0.6, thread_wait_ratio: 0.7 });
  expect(threadFacts([of(null, null)])).toEqual({ busiest_thread_ratio: null, thread_wait_ratio: null });
});
