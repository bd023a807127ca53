import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LatencyRecorder, type LatencyReport } from '../../src/measure/latency-recorder.ts';
import { Reflector, readReply } from '../../src/measure/probe.ts';
import { StreamKey } from '../../src/wire/datagram.ts';
import { datagram, STREAM, TOKEN, viewOf } from '../support/datagrams.ts';

const MS = 1e6;
const GAP = 10 * MS;
/** The server's clock is ahead of the client's by this much. */
const AHEAD = 3600e9;
const PROBE = 3;

/** What the link does to probe `i`; an empty list of delays is a loss, two are a duplicate. */
interface Link {
  readonly up: (i: number) => readonly number[];
  readonly down: (i: number) => readonly number[];
}

/** Sends `n` probes through a link in virtual time: real datagrams, the real reflector, in order of arrival. */
function measure(n: number, link: Link): { report: LatencyReport; reflected: number } {
  const key = new StreamKey(TOKEN, STREAM);
  const reflector = new Reflector(key);
  const recorder = new LatencyRecorder(GAP, 0);
  const events: { at: number; run: () => void }[] = [];
  for (let i = 0; i < n; i++) {
    events.push({ at: i * GAP, run: () => recorder.recordProbe(i * GAP, i * GAP) });
    for (const up of link.up(i)) {
      const arrives = i * GAP + up;
      events.push({
        at: arrives,
        run: () => {
          const bytes = datagram({ type: PROBE, sequence: i, sent: i * GAP, length: 64 });
          if (!reflector.reflect(viewOf(bytes), 0, 64, arrives + AHEAD, arrives + AHEAD + 1000)) return;
          for (const down of link.down(i)) {
            const back = arrives + 1000 + down;
            events.push({
              at: back,
              run: () => {
                const answer = readReply(key, viewOf(bytes), 0, 64, back);
                if (answer) recorder.recordAnswer(answer);
              },
            });
          }
        },
      });
    }
  }
  while (events.length > 0) {
    const next = events.reduce((first, one, i) => (one.at < (events[first]?.at ?? 0) ? i : first), 0);
    events.splice(next, 1)[0]?.run();
  }
  return { report: recorder.finish(), reflected: reflector.received };
}

const steady = (delay: number) => () => [delay];

describe('probes over a link', () => {
  test('a steady link of 2 ms up and 3 ms down', () => {
    const { report } = measure(100, { up: steady(2 * MS), down: steady(3 * MS) });
    const rtt = 5 * MS + 1000;
    expect(report.rtt_ns).toMatchObject({ n: 100, min: rtt, mean: rtt, max: rtt });
    expect(report.ipdv_ns).toMatchObject({ n: 99, max: 0 });
    expect(report).toMatchObject({ packets_received: 100, packets_reordered: 0, packets_duplicated: 0 });
    expect(report.jitter_rfc3550_ns).toBe(0);
    expect([report.queueing_up_ns.max, report.queueing_down_ns.max]).toEqual([0, 0]);
  });

  test('losses are told apart: those on the way up never reached the server', () => {
    const { report, reflected } = measure(100, {
      up: (i) => (i % 10 === 3 ? [] : [MS]),
      down: (i) => (i % 10 === 5 || i % 10 === 6 ? [] : [MS]),
    });
    expect([report.packets_sent, reflected, report.packets_received]).toEqual([100, 90, 70]);
    expect(report.server_count, 'carried by the last answer').toBe(90);
    expect(report.loss_runs).toEqual({ n: 20, mean: 1.5, max: 2 });
  });

  test('duplicates on either way are one answer', () => {
    const { report, reflected } = measure(20, {
      up: (i) => (i % 4 === 0 ? [MS, 1.5 * MS] : [MS]),
      down: (i) => (i % 4 === 1 ? [MS, 2 * MS] : [MS]),
    });
    expect([reflected, report.packets_received, report.packets_duplicated]).toEqual([20, 20, 10]);
    expect(report.rtt_ns.max, 'the first of them').toBe(2 * MS + 1000);
  });

  test('an answer overtaken by the next is reordered and not lost', () => {
    const { report } = measure(20, { up: steady(MS), down: (i) => [i % 5 === 0 ? 15 * MS : MS] });
    expect(report).toMatchObject({ packets_received: 20, packets_reordered: 4 });
  });

  test('agrees with arithmetic on any link', () => {
    const delays = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 * MS }).map((delay) => [delay]) },
      { weight: 1, arbitrary: fc.constant<number[]>([]) },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(delays, delays), { minLength: 1, maxLength: 30 }), (all) => {
        const { report, reflected } = measure(all.length, {
          up: (i) => all[i]?.[0] ?? [],
          down: (i) => all[i]?.[1] ?? [],
        });
        const arrived = all.flatMap(([up, down], i) =>
          up[0] === undefined || down[0] === undefined ? [] : [{ i, rtt: up[0] + down[0] + 1000 }],
        );
        const rtts = arrived.map((one) => one.rtt).sort((a, b) => a - b);
        expect(reflected).toBe(all.filter(([up]) => up.length > 0).length);
        expect(report.packets_received).toBe(rtts.length);
        expect([report.rtt_ns.min, report.rtt_ns.max]).toEqual([rtts[0] ?? null, rtts.at(-1) ?? null]);
        const p50 = rtts[Math.ceil(rtts.length / 2) - 1];
        if (p50 !== undefined) expect(Math.abs((report.rtt_ns.p50 ?? 0) / p50 - 1)).toBeLessThan(0.001);
      }),
    );
  });
});
