import { describe, expect, test } from 'vitest';
import {
  ConnectionsEngine,
  type ConnectionsPlan,
  type SecondOver,
} from '../../../../src/path/connections/connections-engine.ts';

const MS = 1e6;
const S = 1e9;
const PLAN: ConnectionsPlan = { streams: 2, gapNs: 0, timeoutNs: 3 * S, warmup: 0, count: null, durationNs: S };
const FACTS = { from: null, ttl: null, retransmitted: false };

/** Runs it in virtual time: attempt `i` succeeds after `take(i)`, or is refused after it if that is negative. */
function run(plan: ConnectionsPlan, take: (i: number) => number, again: (i: number) => boolean | null = () => false) {
  const engine = new ConnectionsEngine(plan, 0);
  const ends: { at: number; sequence: number; ok: boolean }[] = [];
  const begins: number[] = [];
  const rows: SecondOver[] = [];
  let most = 0;
  for (let turn = 0; turn < 100_000 && !engine.isDone; turn++) {
    const now = Math.min(engine.dueAt, engine.pollTimeout(), ...ends.map(({ at }) => at));
    for (const end of ends.filter(({ at }) => at === now)) {
      ends.splice(ends.indexOf(end), 1);
      if (end.ok) engine.handleAnswer(end.sequence, now, { ...FACTS, retransmitted: again(end.sequence) });
      else engine.handleFailure(end.sequence, now, { code: 'ECONNREFUSED', from: '192.0.2.1' });
    }
    for (let probe = engine.takeProbe(now); probe; probe = engine.takeProbe(now)) {
      begins.push(now);
      const time = take(probe.sequence);
      if (Number.isFinite(time)) ends.push({ at: now + Math.abs(time), sequence: probe.sequence, ok: time > 0 });
      most = Math.max(most, ends.length);
    }
    engine.handleTimeout(now);
    for (let row = engine.pollEvent(); row; row = engine.pollEvent()) rows.push(row);
  }
  return { figures: engine.figures(), begins, most, rows, engine };
}

describe('ConnectionsEngine', () => {
  test('two streams of 10 ms each open 200 in a second', () => {
    const { figures, most } = run(PLAN, () => 10 * MS);
    expect(figures).toMatchObject({
      connections_opened: 200,
      connections_failed: 0,
      connections_pending: 0,
      failure_ratio: 0,
      duration_ns: S,
      opened_per_s: 200,
      connections_retransmitted: 0,
      connect_ns: { n: 200, min: 10 * MS, max: 10 * MS },
    });
    expect(most).toBe(2);
  });

  test('a second SYN halves the rate of one stream, and what the others had is told beside it', () => {
    // 100 of 10 ms, and one of 1.01 s: 101 in 2.01 s. The hundred took 1 s.
    const plan = { ...PLAN, streams: 1, count: 101, durationNs: 0 };
    const { figures } = run(
      plan,
      (i) => (i === 50 ? 1010 * MS : 10 * MS),
      (i) => i === 50,
    );
    expect(figures.opened_per_s).toBeCloseTo(101 / 2.01, 6);
    expect(figures).toMatchObject({
      connections_retransmitted: 1,
      repeated_syns: { n: 1, told_by: 'kernel', wait_ns: 1010 * MS, others_per_s: 100 },
    });
  });

  test('where the system does not tell, a second is too long for one SYN', () => {
    const take = (i: number): number => (i < 2 ? 1500 * MS : 10 * MS);
    const told = run({ ...PLAN, durationNs: 2 * S }, take, () => null).figures;
    // Two streams of which each has 0.5 s left.
    expect(told).toMatchObject({
      connections_retransmitted: null,
      repeated_syns: { n: 2, told_by: 'time', wait_ns: 3000 * MS, others_per_s: 200 },
    });
    // A slow target is none.
    expect(run({ ...PLAN, durationNs: 2 * S }, take).figures.repeated_syns).toMatchObject({ n: 0, told_by: 'kernel' });
  });

  test('no attempt begins after the end, and those that were begun end', () => {
    const { figures, begins } = run(PLAN, () => 300 * MS);
    expect(Math.max(...begins)).toBeLessThan(S);
    expect(figures).toMatchObject({ connections_opened: 8, duration_ns: 1.2 * S });
  });

  test('count is the number of attempts in all, failures included', () => {
    const { figures } = run({ ...PLAN, count: 5, durationNs: 0 }, (i) => (i === 1 ? -MS : MS));
    expect(figures).toMatchObject({ connections_opened: 4, connections_failed: 1, failure_ratio: 0.2 });
  });

  test('the gap is kept between the begins of a stream', () => {
    const { begins } = run({ ...PLAN, streams: 1, gapNs: 100 * MS }, () => MS);
    expect(begins).toEqual(Array.from({ length: 10 }, (_, i) => i * 100 * MS));
  });

  test('a target that refuses at once is asked a hundred times a second by a stream, not more', () => {
    const { figures } = run({ ...PLAN, streams: 1 }, () => -1000);
    expect(figures.connections_failed).toBeLessThanOrEqual(100);
    expect(figures.failures).toEqual([{ code: 'ECONNREFUSED', from: '192.0.2.1', count: figures.connections_failed }]);
  });

  test('silence is a failure after the time-out', () => {
    const { figures } = run({ ...PLAN, count: 2, durationNs: 0 }, () => Number.POSITIVE_INFINITY);
    expect(figures).toMatchObject({ connections_failed: 2, failures: [{ code: 'ETIMEDOUT', from: null, count: 2 }] });
  });

  test('the warm-up is left out of counts and time', () => {
    const { figures } = run({ ...PLAN, streams: 1, warmup: 1, count: 10, durationNs: 0 }, (i) =>
      i === 0 ? S : 10 * MS,
    );
    expect(figures).toMatchObject({ connections_opened: 10, duration_ns: 100 * MS, opened_per_s: 100 });
  });

  test('a row a second, also of a second in which nothing happened', () => {
    const { rows } = run({ ...PLAN, streams: 1, durationNs: 3 * S }, (i) => (i === 0 ? 2.5 * S : 120 * MS));
    expect(rows.map(({ start_ns, connections_opened }) => [start_ns / S, connections_opened])).toEqual([
      [0, 0],
      [1, 0],
      [2, 5],
    ]);
  });

  test('a test too short for a rate has none', () => {
    expect(run({ ...PLAN, count: 1 }, () => MS).figures.opened_per_s).toBeNull();
  });

  test('a loop that was held up beyond the end begins nothing', () => {
    const engine = new ConnectionsEngine(PLAN, 0);
    expect(engine.takeProbe(5 * S)).toBeUndefined();
    expect(engine.isDone).toBe(true);
  });

  test('stop() ends it; what was begun stays pending', () => {
    const engine = new ConnectionsEngine(PLAN, 0);
    engine.takeProbe(0);
    engine.stop();
    expect(engine.takeProbe(0)).toBeUndefined();
    expect(engine.figures().connections_pending).toBe(1);
  });
});
