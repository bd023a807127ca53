import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LatencyRecorder } from '../../../src/measure/latency-recorder.ts';

const MS = 1e6;
const GAP = 10 * MS;
const CHUNK = 65_536;

/** An answer with stamps of a server that takes no time, half-way. */
function answer(sequence: number, receivedAt: number): Parameters<LatencyRecorder['recordAnswer']>[0] {
  return { sequence, serverReceived: receivedAt, serverSent: receivedAt, serverCount: sequence + 1, receivedAt };
}

/** A recorder with `n` probes that left when they were due. */
function recorderOf(n: number): LatencyRecorder {
  const recorder = new LatencyRecorder(GAP, 0);
  for (let i = 0; i < n; i++) recorder.recordProbe(i * GAP, i * GAP);
  return recorder;
}

describe('LatencyRecorder', () => {
  test('times a probe from when it was due, and beside that from when it left', () => {
    const recorder = new LatencyRecorder(GAP, 0);
    recorder.recordProbe(0, 3 * MS);
    recorder.recordAnswer(answer(0, 5 * MS));
    const report = recorder.finish();
    expect(report.rtt_ns).toMatchObject({ n: 1, min: 5 * MS, max: 5 * MS });
    expect(report.rtt_from_send_ns).toMatchObject({ n: 1, min: 2 * MS, max: 2 * MS });
    expect(report.schedule.lateness_ns).toMatchObject({ n: 1, max: 3 * MS });
  });

  test('percentiles are those of the sorted round trips', () => {
    const recorder = recorderOf(1000);
    // 1.00 ms, 1.01 ms, … 10.99 ms, out of order: 7 and 1000 have no common factor.
    for (let i = 0; i < 1000; i++) recorder.recordAnswer(answer(i, i * GAP + MS + ((i * 7) % 1000) * 10_000));
    const { rtt_ns: rtt } = recorder.finish();
    expect(rtt).toMatchObject({ n: 1000, min: MS, max: 10.99 * MS });
    expect(rtt.mean).toBeCloseTo(5.995 * MS, 3);
    // Nearest rank: the 500th is 1 ms + 499 × 10 µs.
    for (const [measured, want] of [
      [rtt.p50, 5.99],
      [rtt.p90, 9.99],
      [rtt.p99, 10.89],
      [rtt.p999, 10.98],
    ] as const) {
      expect(Math.abs((measured ?? 0) / (want * MS) - 1)).toBeLessThan(0.001);
    }
  });

  test('counts losses in runs', () => {
    const recorder = recorderOf(10);
    for (const i of [0, 3, 4, 9]) recorder.recordAnswer(answer(i, i * GAP + MS));
    expect(recorder.finish()).toMatchObject({
      packets_sent: 10,
      packets_received: 4,
      loss_runs: { n: 2, mean: 3, max: 4 },
      server_count: 10,
    });
  });

  test('counts the first of several answers, and answers that were overtaken', () => {
    const recorder = recorderOf(5);
    for (const [i, at] of [
      [0, 1],
      [2, 25],
      [1, 26],
      [2, 27],
      [4, 45],
      [3, 46],
    ] as const)
      recorder.recordAnswer(answer(i, at * MS));
    const report = recorder.finish();
    expect(report).toMatchObject({ packets_received: 5, packets_reordered: 2, packets_duplicated: 1 });
    expect(report.rtt_ns.max).toBe(16 * MS);
  });

  test('an answer overtaken by a much later one stays so, whatever came between', () => {
    const recorder = recorderOf(5);
    for (const i of [0, 4, 2, 3]) recorder.recordAnswer(answer(i, 50 * MS));
    expect(recorder.finish().packets_reordered).toBe(2);
  });

  test.each([-1, 3, 4, 2 ** 40, 0.5, Number.NaN])('passes over the answer to probe %d, of which there is none', (i) => {
    const recorder = recorderOf(3);
    recorder.recordAnswer(answer(i, 50 * MS));
    expect(recorder.finish()).toMatchObject({ packets_received: 0, rtt_ns: { n: 0, p50: null } });
  });

  test('delay variation is of neighbours, and undefined across a loss (RFC 3393)', () => {
    const recorder = recorderOf(5);
    // Round trips of 1, 4, lost, 2, 9 ms: differences of 3 and 7.
    for (const [i, rtt] of [
      [0, 1],
      [1, 4],
      [3, 2],
      [4, 9],
    ] as const)
      recorder.recordAnswer(answer(i, i * GAP + rtt * MS));
    const { ipdv_ns: ipdv, jitter_rfc3550_ns: jitter } = recorder.finish();
    expect(ipdv).toMatchObject({ n: 2, min: 3 * MS, max: 7 * MS });
    // J: 3/16, then |2-4| = 2, then 7, each by a sixteenth of the difference.
    const [a, b] = [3 / 16, 3 / 16 + (2 - 3 / 16) / 16];
    expect(jitter).toBeCloseTo((b + (7 - b) / 16) * MS, 3);
    expect(a).toBe(0.1875);
  });

  test('a stamp from before the probe left is none: never less than no time', () => {
    const recorder = new LatencyRecorder(GAP, 0);
    recorder.recordProbe(0, 2 * MS);
    recorder.recordAnswer(answer(0, MS));
    expect(recorder.finish()).toMatchObject({ rtt_ns: { min: 2 * MS }, rtt_from_send_ns: { min: 0, max: 0 } });
  });

  test('splits what queued up from what queued down, whatever the offset of the clocks', () => {
    const recorder = new LatencyRecorder(GAP, 0);
    for (let i = 0; i < 40; i++) {
      const sent = i * GAP;
      recorder.recordProbe(sent, sent);
      // 1 ms each way; odd ones queue 5 ms up, every fourth 3 ms down; the server takes 50 µs and is 7 s ahead.
      const serverReceived = sent + MS + (i % 2) * 5 * MS + 7e9;
      const serverSent = serverReceived + 50_000;
      const receivedAt = serverSent - 7e9 + MS + (i % 4 === 0 ? 3 * MS : 0);
      recorder.recordAnswer({ sequence: i, serverReceived, serverSent, serverCount: i + 1, receivedAt });
    }
    const report = recorder.finish();
    expect(report.queueing_up_ns).toMatchObject({ n: 40, min: 0, mean: 2.5 * MS, max: 5 * MS });
    expect(report.queueing_down_ns).toMatchObject({ n: 40, min: 0, mean: 0.75 * MS, max: 3 * MS });
    expect(report.server_processing_ns).toMatchObject({ n: 40, min: 50_000, max: 50_000 });
  });

  test.each([
    [100, 1, 0.01, true],
    [100, 2, 0.02, false],
    [0, 0, null, false],
  ])('of %d probes %d late: a schedule kept, or not', (n, late, ratio, kept) => {
    const recorder = new LatencyRecorder(GAP, 0);
    // Exactly 1 ms after it was due is not late yet.
    for (let i = 0; i < n; i++) recorder.recordProbe(i * GAP, i * GAP + (i < late ? MS + 1 : MS));
    expect(recorder.finish().schedule).toMatchObject({ gap_ns: GAP, late_ratio: ratio, kept });
  });

  test('intervals hold the probes sent and the answers that came in them', () => {
    const recorder = new LatencyRecorder(GAP, 100 * MS);
    for (let i = 0; i < 3; i++) recorder.recordProbe(100 * MS + i * GAP, 101 * MS + i * GAP);
    recorder.recordAnswer(answer(0, 102 * MS));
    expect(recorder.takeInterval(100 * MS, 130 * MS)).toMatchObject({
      start_ns: 0,
      end_ns: 30 * MS,
      packets_sent: 3,
      packets_received: 1,
      rtt_ns: { n: 1, p50: 2 * MS },
    });
    recorder.recordAnswer(answer(2, 160 * MS));
    expect(recorder.takeInterval(100 * MS, 170 * MS)).toMatchObject({
      start_ns: 30 * MS,
      end_ns: 70 * MS,
      packets_sent: 0,
      packets_received: 1,
      rtt_ns: { n: 1, max: 40 * MS },
    });
  });

  test('without an answer nothing is 0', () => {
    const report = recorderOf(3).finish();
    expect(report).toMatchObject({ packets_sent: 3, packets_received: 0, jitter_rfc3550_ns: null, server_count: 0 });
    for (const one of [report.rtt_ns, report.ipdv_ns, report.queueing_up_ns, report.server_processing_ns]) {
      expect(one).toEqual({
        n: 0,
        min: null,
        mean: null,
        p50: null,
        p90: null,
        p95: null,
        p99: null,
        p999: null,
        p9999: null,
        max: null,
      });
    }
  });

  describe('beyond one chunk', () => {
    test('agrees with arrays of everything', () => {
      const n = 2 * CHUNK + 500;
      const recorder = new LatencyRecorder(GAP, 0);
      const rtts: number[] = [];
      for (let i = 0; i < n; i++) {
        recorder.recordProbe(i * GAP, i * GAP);
        // Every 97th is lost, and both sides of a chunk's end, in a run of four.
        const lost = i % 97 === 0 || Math.abs(i - CHUNK + 0.5) < 2;
        const rtt = MS + (i % 1000) * 1000;
        rtts.push(lost ? Number.NaN : rtt);
        if (!lost) recorder.recordAnswer(answer(i, i * GAP + rtt));
      }
      const report = recorder.finish();
      const known = rtts.filter((rtt) => !Number.isNaN(rtt));
      const pairs = rtts.filter((rtt, i) => i > 0 && !Number.isNaN(rtt) && !Number.isNaN(rtts[i - 1])).length;
      const runs = rtts.filter((rtt, i) => Number.isNaN(rtt) && (i === 0 || !Number.isNaN(rtts[i - 1]))).length;
      expect(report).toMatchObject({ packets_sent: n, packets_received: known.length });
      expect([report.rtt_ns.n, report.ipdv_ns.n, report.loss_runs.n]).toEqual([known.length, pairs, runs]);
      expect(report.loss_runs.mean).toBeCloseTo((n - known.length) / runs, 9);
      expect(report.rtt_ns.mean).toBeCloseTo(known.reduce((sum, rtt) => sum + rtt, 0) / known.length, 3);
    });

    test('the end of a chunk is no loss to delay variation', () => {
      const recorder = new LatencyRecorder(GAP, 0);
      for (let i = 0; i < CHUNK + 2; i++) {
        recorder.recordProbe(i * GAP, i * GAP);
        recorder.recordAnswer(answer(i, i * GAP + (i < CHUNK ? 2 : 5) * MS));
      }
      expect(recorder.finish().ipdv_ns).toMatchObject({ n: CHUNK + 1, max: 3 * MS });
    });

    test('an answer counts in the chunk after its own, and is lost two chunks later', () => {
      const recorder = recorderOf(CHUNK + 1);
      recorder.recordAnswer(answer(0, 1e13));
      recorder.recordAnswer(answer(CHUNK, 1e13));
      recorder.recordAnswer(answer(CHUNK - 1, 1e13));
      recorder.recordAnswer(answer(CHUNK - 1, 1e13));
      for (let i = CHUNK + 1; i <= 2 * CHUNK; i++) recorder.recordProbe(i * GAP, i * GAP);
      recorder.recordAnswer(answer(1, 1e13));
      recorder.recordAnswer(answer(CHUNK + 1, 1e13));
      expect(recorder.finish()).toMatchObject({
        packets_sent: 2 * CHUNK + 1,
        packets_received: 4,
        packets_duplicated: 1,
        packets_reordered: 1,
      });
    });
  });

  describe('with hostile stamps', () => {
    test('a server whose clock stands still harms nothing but its own figures', () => {
      const recorder = new LatencyRecorder(GAP, 0);
      // The offset falls exactly as fast as time goes by: a drift of -1, and 1 / (1 - 1) in taking it out.
      for (let i = 0; i < 400; i++) {
        recorder.recordProbe(i * GAP, i * GAP);
        const receivedAt = i * GAP + 2 * MS;
        recorder.recordAnswer({ sequence: i, serverReceived: 0, serverSent: 0, serverCount: 1, receivedAt });
      }
      const report = recorder.finish();
      expect(report.rtt_ns).toMatchObject({ n: 400, min: 2 * MS, max: 2 * MS });
      for (const one of [report.queueing_up_ns, report.queueing_down_ns]) {
        expect(one.n).toBe(400);
        expect(Number.isFinite(one.max)).toBe(true);
      }
    });

    test('never throws, and keeps every time within what JSON and a histogram hold', () => {
      const stamp = fc.oneof(fc.constantFrom(0, 1, 2 ** 53, 2 ** 62), fc.nat(), fc.maxSafeNat());
      const stamps = fc.array(fc.tuple(stamp, stamp, fc.nat(3)), { minLength: 1, maxLength: 100 });
      fc.assert(
        fc.property(stamps, (all) => {
          const recorder = new LatencyRecorder(100 * MS, 0);
          all.forEach(([serverReceived, serverSent, kind], sequence) => {
            recorder.recordProbe(sequence * 100 * MS, sequence * 100 * MS);
            if (kind === 0) return;
            const receivedAt = sequence * 100 * MS + MS;
            recorder.recordAnswer({ sequence, serverReceived, serverSent, serverCount: serverSent, receivedAt });
          });
          const report = recorder.finish();
          expect(report.rtt_ns.max ?? MS).toBe(MS);
          for (const one of [report.queueing_up_ns, report.queueing_down_ns, report.server_processing_ns]) {
            expect(one.max ?? 0).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
            expect(one.min ?? 0).toBeGreaterThanOrEqual(0);
          }
        }),
      );
    });
  });
});
