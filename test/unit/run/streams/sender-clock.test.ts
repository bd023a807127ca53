import { describe, expect, test } from 'vitest';
import { Pacer } from '../../../../src/measure/pacer.ts';
import { SenderClock } from '../../../../src/run/streams/sender-clock.ts';
import { specOf } from '../../../support/control-messages.ts';

const S = 1e9;
const T0 = 100 * S;

describe('SenderClock', () => {
  // At 100 datagrams a second each takes 10 ms, however few there are and whenever the last left.
  test.each([1, 2, 10])('%i datagrams at a rate take as many gaps', (datagrams) => {
    const clock = new SenderClock(specOf({ duration_ns: null }), T0);
    const pacer = new Pacer(100, T0);
    pacer.take(datagrams);
    const lastAt = T0 + (datagrams - 1) * 10e6;
    expect(clock.elapsed(lastAt, pacer.nextAt())).toBe(datagrams * 10e6);
    expect(clock.elapsed(lastAt + 3 * S, pacer.nextAt()), 'held up').toBe(lastAt - T0 + 3 * S);
  });

  test('no time is counted before the warm-up is over, nor after the end', () => {
    const clock = new SenderClock(specOf({ warmup_ns: 2 * S, duration_ns: S }), T0);
    expect([1, 2, 2.5, 3, 9].map((s) => clock.elapsed(T0 + s * S, T0 + (s + 0.25) * S))).toEqual([
      0,
      0.25 * S,
      0.75 * S,
      S,
      S,
    ]);
  });
});
