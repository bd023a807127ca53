import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_CATCH_UP, type ProbePlan, ProbeSchedule } from '../../../../src/path/ping/probe-schedule.ts';

const S = 1e9;
const plan = (changes: Partial<ProbePlan> = {}): ProbePlan => ({
  gapNs: S,
  timeoutNs: 3 * S,
  warmup: 0,
  count: null,
  durationNs: 10 * S,
  ...changes,
});

/** Takes every probe at the instant at which it is due, up to `most`. */
function dueTimes(schedule: ProbeSchedule, most = 1000): number[] {
  const times: number[] = [];
  while (schedule.dueAt !== Number.POSITIVE_INFINITY && times.length < most) {
    times.push(schedule.dueAt);
    schedule.take(schedule.dueAt);
  }
  return times;
}

describe('ProbeSchedule', () => {
  test('ten probes fit in ten seconds, the first at once', () => {
    expect(dueTimes(new ProbeSchedule(plan(), 5))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => 5 + i * S));
  });

  test('the warm-up comes before the time of the test, and does not count', () => {
    const schedule = new ProbeSchedule(plan({ warmup: 2, durationNs: 3 * S }), 0);
    const taken = [];
    while (schedule.dueAt < Number.POSITIVE_INFINITY) taken.push(schedule.take(schedule.dueAt));
    expect(taken.map((probe) => probe?.isWarmup)).toEqual([true, true, false, false, false]);
  });

  test.each([
    ['a number of probes', plan({ count: 3 }), 3],
    ['whichever ends first', plan({ count: 30 }), 10],
    ['a number besides the warm-up', plan({ count: 3, warmup: 2 }), 5],
    ['no end', plan({ durationNs: 0 }), 1000],
  ])('%s', (_name, one, want) => {
    expect(dueTimes(new ProbeSchedule(one, 0))).toHaveLength(want);
  });

  test('nothing is due before its time', () => {
    const schedule = new ProbeSchedule(plan(), 100);
    expect(schedule.take(99)).toBeUndefined();
    expect(schedule.take(100)?.sequence).toBe(0);
    expect(schedule.take(100)).toBeUndefined();
  });

  test('a late wake-up is caught up, and shifts nothing', () => {
    const schedule = new ProbeSchedule(plan({ gapNs: S / 10 }), 0);
    const taken = [];
    for (let probe = schedule.take(0.55 * S); probe; probe = schedule.take(0.55 * S)) taken.push(probe.dueAt);
    expect(taken).toEqual([0, 1, 2, 3, 4, 5].map((i) => (i * S) / 10));
    expect(schedule.skipped).toBe(0);
  });

  test('after a suspend of an hour one probe is sent, not an hour of them', () => {
    const schedule = new ProbeSchedule(plan({ durationNs: 0 }), 0);
    schedule.take(0);
    const hour = 3600 * S + 5;
    expect(schedule.take(hour)?.dueAt).toBe(3600 * S);
    expect(schedule.take(hour)).toBeUndefined();
    expect(schedule.dueAt).toBe(3601 * S);
    expect(schedule.skipped).toBe(3599);
  });

  test('after a stall beyond the end nothing is left but the last probe', () => {
    const schedule = new ProbeSchedule(plan(), 0);
    expect(schedule.take(3600 * S)?.dueAt).toBe(9 * S);
    expect(schedule.take(3600 * S)).toBeUndefined();
    expect(schedule.dueAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('stop() ends it', () => {
    const schedule = new ProbeSchedule(plan(), 0);
    schedule.stop();
    expect(schedule.take(S)).toBeUndefined();
  });

  test('a target receives no more in any time than was asked for, however late the wake-ups', () => {
    const wakes = fc.array(fc.integer({ min: 0, max: 5 * S }), { maxLength: 60 });
    fc.assert(
      fc.property(wakes, fc.integer({ min: 1e6, max: 2 * S }), (delays, gapNs) => {
        const schedule = new ProbeSchedule(plan({ gapNs, durationNs: 0 }), 0);
        let now = 0;
        let sent = 0;
        for (const delay of delays) {
          now += delay;
          let burst = 0;
          while (schedule.take(now)) burst++;
          sent += burst;
          expect(burst).toBeLessThanOrEqual(Math.floor(MAX_CATCH_UP / gapNs) + 2);
          expect(sent).toBeLessThanOrEqual(Math.floor(now / gapNs) + 1);
        }
      }),
      { numRuns: 50 },
    );
  });
});
