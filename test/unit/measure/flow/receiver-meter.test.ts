import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommonWindow } from '../../../../src/measure/flow/common-window.ts';
import { type MeterInterval, type MeterPlan, ReceiverMeter } from '../../../../src/measure/flow/receiver-meter.ts';

const S = 1e9;
const T0 = 100 * S;

function meterOf(wish: Partial<MeterPlan> = {}): ReceiverMeter {
  return new ReceiverMeter({
    warmupNs: 0,
    durationNs: null,
    bytes: null,
    intervalNs: S,
    marked: false,
    window: new CommonWindow(),
    ...wish,
  });
}

function rowsOf(meter: ReceiverMeter): MeterInterval[] {
  const rows: MeterInterval[] = [];
  for (let row = meter.pollInterval(); row; row = meter.pollInterval()) rows.push(row);
  return rows;
}

/** `index start end bytes`, in seconds; omitted ones in brackets. */
function shown(rows: readonly MeterInterval[]): string[] {
  return rows.map(({ index, startNs, endNs, bytes, omitted }) => {
    const text = `${index}: ${startNs / S}..${endNs / S} ${bytes}`;
    return omitted ? `(${text})` : text;
  });
}

describe('ReceiverMeter of TCP', () => {
  test('leaves the warm-up out and cuts the last interval at the end of the window', () => {
    const meter = meterOf({ warmupNs: 2.5 * S, durationNs: 3.5 * S });
    for (let k = 0; k < 40; k++) meter.add(10, T0 + k * 0.25 * S);
    expect(shown(rowsOf(meter))).toEqual([
      '(-3: -2.5..-1.5 40)',
      '(-2: -1.5..-0.5 40)',
      '(-1: -0.5..0 20)',
      '0: 0..1 40',
      '1: 1..2 40',
      '2: 2..3 40',
      '3: 3..3.5 20',
    ]);
    expect([meter.bytes, meter.windowNs, meter.closed]).toEqual([140, 3.5 * S, true]);
    expect(meter.nextBoundary).toBe(Number.POSITIVE_INFINITY);
  });

  test('opens with the first octet, not when it was made', () => {
    const meter = meterOf({ durationNs: S });
    meter.tick(T0);
    expect([meter.hasReceived, meter.windowNs, meter.nextBoundary]).toEqual([false, 0, Number.POSITIVE_INFINITY]);
    meter.add(10, T0 + 30 * S);
    expect([meter.hasReceived, meter.nextBoundary]).toEqual([true, T0 + 31 * S]);
    meter.tick(T0 + 31 * S - 1);
    expect(meter.closed).toBe(false);
    meter.tick(T0 + 31 * S);
    expect([meter.closed, meter.windowNs, meter.bytes]).toEqual([true, S, 10]);
  });

  test('what arrives at the very end of the window does not count', () => {
    const meter = meterOf({ durationNs: 2 * S });
    meter.add(1, T0);
    meter.add(2, T0 + 2 * S - 1);
    meter.add(4, T0 + 2 * S);
    expect([meter.bytes, meter.windowNs]).toEqual([3, 2 * S]);
  });

  test('shows a stall as intervals of nothing', () => {
    const meter = meterOf({ durationNs: 5 * S });
    meter.add(10, T0);
    meter.add(10, T0 + 3.5 * S);
    meter.tick(T0 + 9 * S);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 10', '1: 1..2 0', '2: 2..3 0', '3: 3..4 10', '4: 4..5 0']);
    expect(meter.windowNs).toBe(5 * S);
  });

  test('an interval longer than the test is the test', () => {
    const meter = meterOf({ durationNs: 0.4 * S, intervalNs: 10 * S });
    meter.add(10, T0);
    meter.tick(T0 + S);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..0.4 10']);
  });

  test('ends with the payload asked for', () => {
    const meter = meterOf({ bytes: 100 });
    meter.add(60, T0);
    meter.add(40, T0 + 1.25 * S);
    meter.add(40, T0 + 1.5 * S);
    // 1.25 s are the one gap that two arrivals have.
    expect([meter.bytes, meter.windowNs, meter.closed]).toEqual([100, 2.5 * S, true]);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 60', '1: 1..2.5 40']);
  });

  test('bytes of the warm-up do not end it', () => {
    const meter = meterOf({ bytes: 100, warmupNs: S });
    meter.add(1000, T0);
    meter.add(100, T0 + 1.5 * S);
    expect([meter.bytes, meter.windowNs, meter.closed]).toEqual([100, 0.5 * S, true]);
  });

  test.each([
    ['finished early ends a gap after its last octet', true, 1, []],
    ['was cut off does not hide its silence', false, 2.25, ['2: 2..2.25 0']],
  ])('a sender that %s', (_name, finished, seconds, silence) => {
    const meter = meterOf({ durationNs: 10 * S });
    meter.add(10, T0);
    meter.add(10, T0 + 0.5 * S);
    expect(meter.windowNs).toBe(0.5 * S);
    meter.end(T0 + 2.25 * S, finished);
    expect([meter.windowNs, meter.bytes, meter.closed]).toEqual([seconds * S, 20, true]);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 20', '1: 1..2 0', ...silence]);
  });

  // At a steady rate, however few arrivals tell it: `each` octets every `gap` ms.
  test.each([2, 3, 10, 1000])('%i arrivals span as many gaps', (arrivals) => {
    const [each, gap] = [1250, 10e6];
    for (const marked of [false, true]) {
      for (const plan of [{ bytes: arrivals * each }, {}, { durationNs: 3600 * S, finished: true }]) {
        if (marked && plan.durationNs !== undefined) continue;
        const meter = meterOf({ ...plan, marked });
        for (let k = 0; k < arrivals; k++) {
          // Two messages of one system call carry one time.
          meter.add(each - 50, T0 + k * gap);
          meter.add(50, T0 + k * gap);
        }
        meter.end(T0 + arrivals * gap, true);
        expect([meter.bytes, meter.windowNs]).toEqual([arrivals * each, arrivals * gap]);
      }
    }
  });

  test('two arrivals have two gaps also where the window opened a moment before the first', () => {
    const meter = meterOf({ bytes: 2000, marked: true });
    meter.handleSilence(T0 - 1e6);
    meter.add(1000, T0);
    meter.add(1000, T0 + 80e6);
    expect([meter.windowNs, meter.closed]).toEqual([161e6, true]);
  });

  test('one arrival has no time, and a large first one no more than another gap', () => {
    const one = meterOf({ bytes: 100 });
    one.add(100, T0);
    expect([one.bytes, one.windowNs, one.closed]).toEqual([100, 0, true]);
    const two = meterOf({ bytes: 100 });
    two.add(99, T0);
    two.add(1, T0 + 0.2 * S);
    expect([two.bytes, two.windowNs]).toEqual([100, 0.4 * S]);
  });

  test('a sender that finishes within the duration does not make it longer', () => {
    const meter = meterOf({ durationNs: S });
    meter.add(10, T0);
    meter.add(10, T0 + 0.9 * S);
    meter.end(T0 + 0.95 * S, true);
    expect(meter.windowNs).toBe(S);
  });

  test('an end after the window changes nothing', () => {
    const meter = meterOf({ durationNs: S });
    meter.add(10, T0);
    meter.end(T0 + 5 * S, false);
    expect([meter.windowNs, meter.bytes]).toEqual([S, 10]);
    meter.end(T0 + 9 * S, false);
    expect(meter.windowNs).toBe(S);
  });

  test('an end in the warm-up leaves nothing measured', () => {
    const meter = meterOf({ warmupNs: 5 * S, durationNs: S });
    meter.add(10, T0);
    meter.end(T0 + 2 * S, true);
    expect([meter.windowNs, meter.bytes, meter.closed]).toEqual([0, 0, true]);
  });

  test('an end before anything came leaves nothing measured', () => {
    const meter = meterOf({ durationNs: S });
    meter.end(T0, true);
    expect([meter.windowNs, meter.bytes, meter.hasReceived]).toEqual([0, 0, false]);
    expect(rowsOf(meter)).toEqual([]);
  });

  test('agrees with sums over all arrivals', () => {
    const ms = fc.integer({ min: 0, max: 700 });
    const arrivals = fc.array(fc.tuple(ms, fc.integer({ min: 1, max: 99 })), { minLength: 1, maxLength: 40 });
    const plans = fc.record({
      warmupNs: fc.integer({ min: 0, max: 3000 }),
      durationNs: fc.integer({ min: 1, max: 5000 }),
      intervalNs: fc.integer({ min: 50, max: 1500 }),
    });
    fc.assert(
      fc.property(plans, arrivals, (plan, steps) => {
        const meter = meterOf(plan);
        const counted = new Map<number, number>();
        let now = 1000;
        let bytes = 0;
        const opens = 1000 + (steps[0]?.[0] ?? 0) + plan.warmupNs;
        for (const [gap, size] of steps) {
          now += gap;
          meter.add(size, now);
          if (now < opens || now >= opens + plan.durationNs) continue;
          bytes += size;
          const index = Math.floor((now - opens) / plan.intervalNs);
          counted.set(index, (counted.get(index) ?? 0) + size);
        }
        meter.end(opens + plan.durationNs + 1, false);
        const rows = rowsOf(meter);
        expect([meter.bytes, meter.windowNs]).toEqual([bytes, plan.durationNs]);
        for (const row of rows) if (!row.omitted) expect(row.bytes).toBe(counted.get(row.index) ?? 0);
        // The rows follow each other from the begin of the warm-up to the end of the window.
        expect([rows[0]?.startNs, rows.at(-1)?.endNs]).toEqual([
          plan.warmupNs > 0 ? -plan.warmupNs : 0,
          plan.durationNs,
        ]);
        rows.slice(1).forEach((row, i) => {
          expect([row.startNs, row.index]).toEqual([rows[i]?.endNs, (rows[i]?.index ?? 0) + 1]);
        });
      }),
    );
  });
});

describe('ReceiverMeter of UDP, marked by its sender', () => {
  const MARKED = { marked: true, warmupNs: 2 * S, durationNs: 2 * S };

  test.each([
    ['later than planned', 2.001, '(-1: -1..0.001 10)'],
    ['at once', 2, '(-1: -1..0 10)'],
    ['earlier than planned', 1.9, '(-1: -1..-0.1 10)'],
  ])('the warm-up ends when the first payload comes, %s', (_name, at, last) => {
    const meter = meterOf(MARKED);
    for (const t of [0, 0.5, 1.5]) meter.add(10, T0 + t * S, true);
    meter.tick(T0 + 1.8 * S);
    meter.add(7, T0 + at * S);
    expect(shown(rowsOf(meter))).toEqual(['(-2: -2..-1 20)', last]);
    expect([meter.bytes, meter.windowNs]).toEqual([7, 0]);
  });

  test('a warm-up without end has no interval 0: payload that is 1 s late opens the window all the same', () => {
    const meter = meterOf(MARKED);
    for (let k = 0; k < 60; k++) meter.add(1, T0 + k * 0.1 * S, true);
    meter.add(7, T0 + 6 * S);
    meter.end(T0 + 6.3 * S, true);
    expect(shown(rowsOf(meter))).toEqual(['(-2: -2..-1 10)', '(-1: -1..1 20)', '0: 0..1 0', '1: 1..3 7']);
  });

  test('opens at once when the warm-up was lost', () => {
    const meter = meterOf(MARKED);
    meter.add(7, T0);
    meter.add(7, T0 + S);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 7']);
  });

  test('what came of the warm-up at the very instant of the first payload counts nowhere', () => {
    const meter = meterOf(MARKED);
    meter.add(1000, T0, true);
    meter.add(7, T0);
    meter.tick(T0 + S);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 7']);
  });

  test('a straggler of the warm-up counts nowhere', () => {
    const meter = meterOf(MARKED);
    meter.add(7, T0);
    meter.add(1000, T0 + 0.5 * S, true);
    meter.add(7, T0 + 0.6 * S);
    meter.tick(T0 + S);
    expect(meter.bytes).toBe(14);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 14']);
  });

  test('what a queue held back stretches the window, and the last interval takes it in', () => {
    const meter = meterOf({ ...MARKED, warmupNs: 0 });
    for (let k = 0; k <= 12; k++) meter.add(10, T0 + k * 0.25 * S);
    expect(meter.closed).toBe(false);
    meter.tick(T0 + 8 * S);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 40']);
    meter.end(T0 + 8 * S, true);
    // 13 datagrams a quarter of a second apart.
    expect(shown(rowsOf(meter))).toEqual(['1: 1..3.25 90']);
    expect([meter.windowNs, meter.bytes]).toEqual([3.25 * S, 130]);
  });

  test('a sender that finished was sending all the time, if the last datagram comes a gap earlier', () => {
    const meter = meterOf({ ...MARKED, warmupNs: 0 });
    for (const t of [0, 0.5, 1, 1.5]) meter.add(10, T0 + t * S);
    meter.end(T0 + 2.3 * S, true);
    expect([meter.windowNs, meter.bytes]).toEqual([2 * S, 40]);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..1 20', '1: 1..2 20']);
  });

  test('payload that was asked for ends before the longest time of a test, though some of it was lost', () => {
    const meter = meterOf({ ...MARKED, warmupNs: 0, durationNs: 60 * S, bytes: 100 });
    for (const t of [0, 0.1, 0.3]) meter.add(20, T0 + t * S);
    meter.end(T0 + 0.6 * S, true);
    // Three arrivals have two gaps in 0.3 s.
    expect([meter.windowNs, meter.bytes]).toEqual([0.45 * S, 60]);
  });

  test('a sender that was cut off ends a gap after its last datagram: the wait for more is not its silence', () => {
    const meter = meterOf({ ...MARKED, warmupNs: 0 });
    for (const t of [0, 0.5]) meter.add(10, T0 + t * S);
    meter.end(T0 + 0.8 * S, false);
    expect([meter.windowNs, meter.bytes]).toEqual([S, 20]);
  });

  test('ends with the payload asked for', () => {
    const meter = meterOf({ ...MARKED, warmupNs: 0, durationNs: null, bytes: 20 });
    meter.add(10, T0);
    meter.add(10, T0 + 0.5 * S);
    meter.add(10, T0 + 0.6 * S);
    expect([meter.bytes, meter.windowNs, meter.closed]).toEqual([20, S, true]);
  });

  test('a last datagram on the boundary of an interval has a row', () => {
    const meter = meterOf({ warmupNs: 0, durationNs: null, intervalNs: 50, marked: true });
    meter.add(10, 1000, false);
    meter.add(10, 1050, false);
    meter.end(1080, false);
    expect(rowsOf(meter).map(({ startNs, endNs, bytes }) => [startNs, endNs, bytes])).toEqual([
      [0, 50, 10],
      [50, 100, 10],
    ]);
  });

  test('rows hold all the payload and follow each other', () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.boolean()), {
      minLength: 1,
      maxLength: 40,
    });
    const plans = fc.record({
      warmupNs: fc.integer({ min: 0, max: 3000 }),
      durationNs: fc.option(fc.integer({ min: 1, max: 5000 })),
      intervalNs: fc.integer({ min: 50, max: 1500 }),
    });
    fc.assert(
      fc.property(plans, arrivals, fc.boolean(), (plan, steps, finished) => {
        const meter = meterOf({ ...plan, marked: true });
        let now = 1000;
        let payload = 0;
        for (const [gap, warmup] of steps) {
          now += gap;
          meter.add(10, now, warmup);
          if (!warmup) payload += 10;
        }
        meter.end(now + 1, finished);
        const rows = rowsOf(meter);
        const measured = rows.filter((row) => !row.omitted);
        expect(meter.bytes).toBe(payload);
        // A window of no length has no row for what came at its one instant.
        if (meter.windowNs > 0) expect(measured.reduce((sum, row) => sum + row.bytes, 0)).toBe(payload);
        measured.forEach((row, i) => {
          expect([row.index, row.startNs]).toEqual([i, measured[i - 1]?.endNs ?? 0]);
          expect(row.endNs).toBeGreaterThan(row.startNs);
        });
        for (const row of rows) if (row.omitted) expect(row.index).toBeLessThan(0);
      }),
    );
  });
});

describe('streams of one direction', () => {
  /** Meters of one window, as the streams of a direction have them. */
  const metersOf = (count: number, wish: Partial<MeterPlan> = {}): ReceiverMeter[] => {
    const window = new CommonWindow();
    return Array.from({ length: count }, () => meterOf({ ...wish, window }));
  };

  test.each([false, true])('count from the first octet of any of them to one end (marked: %s)', (marked) => {
    const [early, late] = metersOf(2, { durationNs: 2 * S, marked }) as [ReceiverMeter, ReceiverMeter];
    early.add(100, T0);
    late.add(10, T0 + 0.9 * S);
    early.add(100, T0 + 1.9 * S);
    late.add(10, T0 + 1.95 * S);
    if (!marked) late.add(10, T0 + 2.5 * S);
    for (const meter of [early, late]) meter.end(T0 + 3 * S, true);
    expect([early.bytes, early.windowNs, late.bytes, late.windowNs]).toEqual([200, 2 * S, 20, 2 * S]);
    expect(shown(rowsOf(early))).toEqual(['0: 0..1 100', '1: 1..2 100']);
    expect(shown(rowsOf(late))).toEqual(['0: 0..1 10', '1: 1..2 10']);
  });

  test('a line that carries a constant rate is never exceeded, however late each stream begins', () => {
    const begins = fc.array(fc.integer({ min: 0, max: 990 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(begins, (offsets) => {
        // One octet a millisecond, whose turn it is among those that have begun: what a shaper lets through.
        const meters = metersOf(offsets.length, { durationNs: 1000 });
        const first = Math.min(...offsets);
        for (let now = first; now < 3000; now++) {
          const active = meters.filter((_, i) => (offsets[i] ?? 0) <= now);
          active[now % active.length]?.add(1, 1 + now);
        }
        const bytes = meters.reduce((total, meter) => total + meter.bytes, 0);
        const windowNs = Math.max(...meters.map((meter) => meter.windowNs));
        expect([bytes, windowNs]).toEqual([1000, 1000]);
      }),
    );
  });

  test.each([false, true])('one that has nothing has rows of 0 by the clock (marked: %s)', (marked) => {
    const [fed, starved] = metersOf(2, { durationNs: 3 * S, marked }) as [ReceiverMeter, ReceiverMeter];
    starved.start(T0 - 0.5 * S);
    starved.tick(T0 - 0.49 * S);
    expect(starved.nextBoundary).toBeLessThanOrEqual(T0 - 0.48 * S);
    fed.add(100, T0);
    for (let k = 0; k < 250; k++) starved.tick(T0 + k * 0.01 * S);
    expect(shown(rowsOf(starved))).toEqual(['0: 0..1 0', '1: 1..2 0']);
    expect([starved.hasReceived, starved.bytes]).toEqual([false, 0]);
    starved.add(7, T0 + 2.5 * S);
    starved.end(T0 + 4 * S, true);
    expect(shown(rowsOf(starved))).toEqual(['2: 2..3 7']);
    expect([starved.hasReceived, starved.bytes, starved.windowNs]).toEqual([true, 7, 3 * S]);
  });

  test.each([
    ['on time', 0, 0],
    ['20 ms late', 20, -0.02],
    ['40 ms late', 40, -0.04],
  ])('what a thread finds that comes %s opens the window when it may have come', (_name, ms, opens) => {
    const [meter] = metersOf(1, { durationNs: S }) as [ReceiverMeter];
    meter.handleSilence(T0 - ms * 1e6);
    meter.add(100, T0);
    expect(meter.nextBoundary).toBe(T0 + (1 + opens) * S);
    meter.add(1, T0 + 0.9 * S);
    meter.add(1, T0 + 0.99 * S);
    meter.tick(T0 + S);
    expect([meter.bytes, meter.windowNs]).toEqual([opens === 0 ? 102 : 101, S]);
  });

  test('one that joins late has the intervals that it missed', () => {
    const [first, second] = metersOf(2, { warmupNs: S, durationNs: 3 * S }) as [ReceiverMeter, ReceiverMeter];
    first.add(1, T0);
    second.add(5, T0 + 2.5 * S);
    second.tick(T0 + 4 * S);
    expect(shown(rowsOf(second))).toEqual(['(-1: -1..0 0)', '0: 0..1 0', '1: 1..2 5', '2: 2..3 0']);
  });

  test('of marked payload the first that any of them sees ends the warm-up of all', () => {
    const [first, second] = metersOf(2, { warmupNs: S, durationNs: 2 * S, marked: true }) as [
      ReceiverMeter,
      ReceiverMeter,
    ];
    for (const meter of [first, second]) meter.start(T0);
    for (const t of [0, 0.5]) for (const meter of [first, second]) meter.add(10, T0 + t * S, true);
    first.add(7, T0 + 1.1 * S);
    second.tick(T0 + 1.2 * S);
    second.tick(T0 + 2.1 * S);
    expect(shown(rowsOf(second))).toEqual(['(-1: -1..0.1 20)', '0: 0..1 0']);
  });

  test.each([false, true])('a test in which nothing comes has rows all the same, 1 s late (marked: %s)', (marked) => {
    const [one, other] = metersOf(2, { durationNs: 3 * S, marked }) as [ReceiverMeter, ReceiverMeter];
    for (const meter of [one, other]) meter.start(T0);
    one.tick(T0 + 0.99 * S);
    expect(rowsOf(one)).toEqual([]);
    for (let k = 0; k < 36; k++) for (const meter of [one, other]) meter.tick(T0 + k * 0.1 * S);
    for (const meter of [one, other]) {
      expect(shown(rowsOf(meter))).toEqual(['0: 0..1 0', '1: 1..2 0']);
      meter.end(T0 + 3.6 * S, marked);
      expect([meter.bytes, meter.windowNs, meter.hasReceived]).toEqual([0, (marked ? 3 : 2.6) * S, false]);
    }
  });

  test('a test that ends before anything came lasted from its start', () => {
    const meter = meterOf({ durationNs: 3 * S });
    meter.start(T0);
    meter.end(T0 + 0.4 * S, false);
    expect([meter.windowNs, meter.bytes]).toEqual([0.4 * S, 0]);
    expect(shown(rowsOf(meter))).toEqual(['0: 0..0.4 0']);
  });

  test('a TCP stream whose share is nothing begins no window', () => {
    const [idle, busy] = metersOf(2, { durationNs: 3 * S }) as [ReceiverMeter, ReceiverMeter];
    idle.start(T0);
    idle.end(T0 + 0.1 * S, true);
    busy.add(1, T0 + 0.2 * S);
    busy.tick(T0 + 4 * S);
    expect([idle.windowNs, busy.windowNs]).toEqual([0, 3 * S]);
    expect(shown(rowsOf(busy))[0]).toBe('0: 0..1 1');
  });
});
