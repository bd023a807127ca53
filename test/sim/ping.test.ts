import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PingFigures } from '../../src/core/shapes/path/ping.ts';
import { PingEngine, type PingEvent } from '../../src/path/ping/ping-engine.ts';
import type { ProbePlan } from '../../src/path/ping/probe-schedule.ts';

const MS = 1e6;
const S = 1e9;
const TARGET = '192.0.2.1';
const PLAN: ProbePlan = { gapNs: S, timeoutNs: 3 * S, warmup: 0, count: 10, durationNs: 0 };

/** What the network does with probe `i`: answers after these delays, or an error. */
interface Network {
  readonly answers?: (i: number) => readonly number[];
  readonly error?: (i: number) => { readonly after: number; readonly code: string; readonly from: string } | undefined;
  readonly from?: string;
}

/** Runs a ping in virtual time, waking when the engine asks for it. */
function ping(plan: ProbePlan, network: Network): { figures: PingFigures; events: PingEvent[]; endedAt: number } {
  const engine = new PingEngine(plan, TARGET, 0);
  const events: PingEvent[] = [];
  const arriving: { at: number; run: (at: number) => void }[] = [];
  let now = 0;
  while (!engine.isDone || arriving.length > 0) {
    const next = Math.min(engine.dueAt, engine.pollTimeout(), ...arriving.map(({ at }) => at));
    if (next === Number.POSITIVE_INFINITY) break;
    now = next;
    for (const one of arriving.filter(({ at }) => at === now)) {
      arriving.splice(arriving.indexOf(one), 1);
      one.run(now);
    }
    const probe = engine.takeProbe(now);
    if (probe) {
      const { sequence } = probe;
      engine.handleSent(sequence, now);
      for (const delay of network.answers?.(sequence) ?? []) {
        const facts = { from: network.from ?? TARGET, ttl: 57, retransmitted: null };
        arriving.push({ at: now + delay, run: (at) => engine.handleAnswer(sequence, at, facts) });
      }
      const error = network.error?.(sequence);
      if (error) {
        const { after, code, from } = error;
        arriving.push({ at: now + after, run: (at) => engine.handleFailure(sequence, at, { code, from }) });
      }
    }
    engine.handleTimeout(now);
    for (let event = engine.pollEvent(); event; event = engine.pollEvent()) events.push(event);
  }
  return { figures: engine.figures(), events, endedAt: now };
}

describe('a ping', () => {
  test('of a path of 20 ms', () => {
    const { figures, events, endedAt } = ping(PLAN, { answers: () => [20 * MS] });
    expect(figures).toMatchObject({
      packets_sent: 10,
      packets_received: 10,
      packets_lost: 0,
      packets_pending: 0,
      loss_ratio: 0,
      failures: [],
      answered_by: [],
      packets_retransmitted: null,
      rtt_ns: { n: 10, min: 20 * MS, max: 20 * MS },
      ipdv_ns: { n: 9, max: 0 },
      jitter_rfc3550_ns: 0,
      schedule: { kept: true, late_ratio: 0, skipped: 0 },
    });
    expect(events.map(({ tag, sequence }) => [tag, sequence])).toEqual(
      Array.from({ length: 10 }, (_, i) => ['answer', i]),
    );
    expect(endedAt).toBe(9 * S + 20 * MS);
  });

  test('the warm-up gives rows and no figures', () => {
    const { figures, events } = ping({ ...PLAN, warmup: 2, count: 3 }, { answers: (i) => [i < 2 ? S : MS] });
    expect(figures).toMatchObject({ packets_sent: 3, rtt_ns: { n: 3, max: MS } });
    expect(events.filter(({ isWarmup }) => isWarmup)).toHaveLength(2);
  });

  test('a probe without an answer is lost when its time is over, alone', () => {
    const { figures, events } = ping(PLAN, { answers: (i) => (i === 4 ? [] : [MS]) });
    expect(figures).toMatchObject({
      packets_received: 9,
      packets_lost: 1,
      loss_ratio: 0.1,
      loss_runs: { n: 1, max: 1 },
      failures: [{ code: 'ETIMEDOUT', from: null, count: 1 }],
      // Not across the loss (RFC 3393).
      ipdv_ns: { n: 7 },
    });
    expect(events.find(({ tag }) => tag === 'failure')).toMatchObject({ sequence: 4, afterNs: 3 * S });
  });

  test('a router that says unreachable ends its probe at once, and is named', () => {
    const error = (i: number) => (i < 3 ? { after: 5 * MS, code: 'EHOSTUNREACH', from: '10.0.0.1' } : undefined);
    const { figures, events } = ping(PLAN, { error, answers: (i) => (i < 3 ? [] : [MS]) });
    expect(figures).toMatchObject({
      packets_lost: 3,
      loss_runs: { n: 1, max: 3 },
      failures: [{ code: 'EHOSTUNREACH', from: '10.0.0.1', count: 3 }],
    });
    expect(events[0]).toMatchObject({ tag: 'failure', afterNs: 5 * MS });
  });

  test('an answer after the time-out is late, and its probe stays lost', () => {
    const { figures, events } = ping(PLAN, { answers: (i) => [i === 2 ? 4 * S : MS] });
    expect(figures).toMatchObject({ packets_received: 9, packets_lost: 1, packets_late: 1, packets_duplicated: 0 });
    expect(figures.rtt_ns.max).toBe(MS);
    expect(events.filter(({ sequence }) => sequence === 2).map(({ tag }) => tag)).toEqual(['failure', 'late']);
  });

  test('an answer that a stalled program reads after the time-out is late too', () => {
    const engine = new PingEngine({ ...PLAN, count: 1 }, TARGET, 0);
    engine.takeProbe(0);
    engine.handleAnswer(0, 4 * S, { from: TARGET, ttl: null, retransmitted: null });
    expect(engine.figures()).toMatchObject({ packets_received: 0, packets_lost: 1, packets_late: 1 });
    expect(engine.isDone).toBe(true);
  });

  test('200 duplicates are counted; three of them are told', () => {
    const copies = Array.from({ length: 201 }, (_, i) => MS + i * 1000);
    const { figures, events } = ping({ ...PLAN, count: 2 }, { answers: (i) => (i === 0 ? copies : [MS]) });
    expect(figures).toMatchObject({ packets_received: 2, packets_duplicated: 200, packets_lost: 0 });
    expect(events.filter(({ tag }) => tag === 'duplicate')).toHaveLength(3);
  });

  test('answers out of order are counted', () => {
    const { figures } = ping(PLAN, { answers: (i) => [i === 3 ? 1.5 * S : MS] });
    expect(figures).toMatchObject({ packets_received: 10, packets_reordered: 1 });
  });

  test('an answer from another address counts, and the address is named', () => {
    const { figures } = ping(PLAN, { answers: () => [MS], from: '10.9.9.9' });
    expect(figures).toMatchObject({ packets_received: 10, answered_by: ['10.9.9.9'] });
  });

  test('probes are timed from when they were due, not from when they left', () => {
    const engine = new PingEngine(PLAN, TARGET, 0);
    engine.takeProbe(300 * MS);
    engine.handleSent(0, 300 * MS);
    engine.handleAnswer(0, 301 * MS, { from: TARGET, ttl: null, retransmitted: null });
    expect(engine.figures()).toMatchObject({
      rtt_ns: { max: 301 * MS },
      rtt_from_send_ns: { max: MS },
      schedule: { late_ratio: 1, kept: false },
    });
  });

  test('the time since a probe was sent begins when it left, not when it was taken', () => {
    const engine = new PingEngine(PLAN, TARGET, 0);
    engine.takeProbe(0);
    engine.handleSent(0, 2 * MS);
    engine.handleAnswer(0, 5 * MS, { from: TARGET, ttl: null, retransmitted: null });
    expect(engine.figures()).toMatchObject({ rtt_ns: { max: 5 * MS }, rtt_from_send_ns: { max: 3 * MS } });
  });

  test('a second answer after the time-out is a duplicate', () => {
    const { figures, events } = ping(PLAN, { answers: (i) => (i === 2 ? [4 * S, 4.1 * S] : [MS]) });
    expect(figures).toMatchObject({ packets_late: 1, packets_duplicated: 1, packets_lost: 1 });
    expect(events.filter(({ sequence }) => sequence === 2).map(({ tag }) => tag)).toEqual([
      'failure',
      'late',
      'duplicate',
    ]);
  });

  test('what waits when it is stopped is neither received nor lost', () => {
    const engine = new PingEngine(PLAN, TARGET, 0);
    engine.takeProbe(0);
    engine.handleAnswer(0, MS, { from: TARGET, ttl: null, retransmitted: null });
    engine.takeProbe(S);
    engine.stop();
    expect(engine.isDone).toBe(false);
    expect(engine.figures()).toMatchObject({
      packets_sent: 2,
      packets_received: 1,
      packets_lost: 0,
      packets_pending: 1,
      loss_ratio: 0,
    });
  });

  test('connections that needed a second SYN are counted where that is known', () => {
    const engine = new PingEngine(PLAN, TARGET, 0);
    for (const [i, retransmitted] of [false, true, false].entries()) {
      engine.takeProbe(i * S);
      engine.handleAnswer(i, i * S + MS, { from: TARGET, ttl: null, retransmitted });
    }
    expect(engine.figures().packets_retransmitted).toBe(1);
  });

  test('memory is bounded: answers to probes long ago are no longer known', () => {
    const engine = new PingEngine({ ...PLAN, gapNs: MS, count: null }, TARGET, 0);
    const facts = { from: TARGET, ttl: null, retransmitted: null };
    for (let i = 0; i < 10_000; i++) {
      engine.takeProbe(i * MS);
      engine.handleAnswer(i, i * MS + 1000, facts);
      engine.pollEvent();
    }
    engine.handleAnswer(0, 10 * S, facts);
    expect(engine.figures().packets_duplicated).toBe(0);
    engine.handleAnswer(9_000, 10 * S, facts);
    expect(engine.figures().packets_duplicated).toBe(1);
  });

  test('invented routers fill no memory: 16 are named', () => {
    const error = (i: number) => ({ after: MS, code: 'EHOSTUNREACH', from: `10.0.0.${i}` });
    const { figures } = ping({ ...PLAN, count: 40 }, { error });
    expect(figures.failures).toHaveLength(17);
    expect(figures.failures[0]).toEqual({ code: 'EHOSTUNREACH', from: null, count: 24 });
  });

  test('a sequence number that was never sent is ignored', () => {
    const engine = new PingEngine(PLAN, TARGET, 0);
    engine.takeProbe(0);
    engine.handleAnswer(7, MS, { from: TARGET, ttl: null, retransmitted: null });
    engine.handleFailure(-1, MS, { code: 'EPERM', from: null });
    expect(engine.figures()).toMatchObject({ packets_received: 0, packets_lost: 0, packets_pending: 1 });
    expect(engine.theOnlyOne()).toBe(0);
  });

  test('every probe is counted once, whatever the network does', () => {
    const outcome = fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 6 * S }), { maxLength: 4 }),
      fails: fc.option(fc.integer({ min: 0, max: 4 * S })),
    });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 30 }), (outcomes) => {
        const { figures } = ping(
          { ...PLAN, gapNs: 100 * MS, count: outcomes.length },
          {
            answers: (i) => outcomes[i]?.delays ?? [],
            error: (i) => {
              const after = outcomes[i]?.fails ?? null;
              return after === null ? undefined : { after, code: 'ENETUNREACH', from: '10.0.0.1' };
            },
          },
        );
        const { packets_received: received, packets_lost: lost } = figures;
        expect(received + lost).toBe(outcomes.length);
        expect(figures.packets_pending).toBe(0);
        expect(figures.failures.reduce((sum, { count }) => sum + count, 0)).toBe(lost);
        const inTime = outcomes.filter(({ delays, fails }) => {
          const first = Math.min(...delays);
          return first <= 3 * S && (fails === null || first < fails || (first === fails && delays.length > 0));
        });
        expect(received).toBe(inTime.length);
      }),
      { numRuns: 60 },
    );
  });
});
