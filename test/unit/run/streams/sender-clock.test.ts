import { describe, expect, test } from 'vitest';
import { Pacer } from '../../../../src/measure/pacer.ts';
import { TestBoard } from '../../../../src/measure/test-board.ts';
import { SenderClock } from '../../../../src/run/streams/sender-clock.ts';
import { specOf } from '../../../support/control-messages.ts';

const S = 1e9;
const T0 = 100 * S;

const clockOf = (wish: Parameters<typeof specOf>[0], now = T0, board = TestBoard.forStreams(2).memory): SenderClock =>
  new SenderClock({ spec: specOf(wish), board, direction: 'upload' }, now);

describe('SenderClock', () => {
  // At 100 datagrams a second each takes 10 ms, however few there are and whenever the last left.
  test.each([1, 2, 10])('%i datagrams at a rate take the same number of gaps', (datagrams) => {
    const clock = clockOf({ duration_ns: null });
    const pacer = new Pacer(100, T0);
    pacer.take(datagrams);
    const lastAt = T0 + (datagrams - 1) * 10e6;
    expect(clock.elapsed(lastAt, pacer.nextAt())).toBe(datagrams * 10e6);
    expect(clock.elapsed(lastAt + 3 * S, pacer.nextAt()), 'held up').toBe(lastAt - T0 + 3 * S);
  });

  test('no time is counted before the end of the warm-up, nor after the end of the test', () => {
    const clock = clockOf({ warmup_ns: 2 * S, duration_ns: S });
    expect([1, 2, 2.5, 3, 9].map((s) => clock.elapsed(T0 + s * S, T0 + (s + 0.25) * S))).toEqual([
      0,
      0.25 * S,
      0.75 * S,
      S,
      S,
    ]);
  });

  test('senders of one direction begin and end together, although they start one after the other', () => {
    const { memory } = TestBoard.forStreams(2);
    const [first, second] = [T0, T0 + 7e6].map((now) => clockOf({ warmup_ns: S, duration_ns: S }, now, memory));
    expect([second?.countsFrom, second?.endsAt]).toEqual([first?.countsFrom, first?.endsAt]);
    expect(first?.countsFrom).toBe(T0 + S);
  });
});
