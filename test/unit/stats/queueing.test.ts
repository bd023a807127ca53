import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProbeTimes, queueing } from '../../../src/stats/queueing.ts';

/** mulberry32: 32 bits of state, uniform in [0, 1). */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

interface World {
  readonly probes: number;
  readonly gapNs: number;
  readonly baseUpNs: number;
  readonly baseDownNs: number;
  readonly offsetNs: number;
  readonly driftPpm: number;
  readonly up: (i: number) => number;
  readonly down: (i: number) => number;
}

const QUIET: World = {
  probes: 1000,
  gapNs: 5e6,
  baseUpNs: 12e6,
  baseDownNs: 9e6,
  offsetNs: -3e14,
  driftPpm: 0,
  up: () => 0,
  down: () => 0,
};

/** Simulates the four stamps of each probe in true time, then reads them on the two clocks. */
function simulate(world: World): {
  readonly times: ProbeTimes;
  readonly up: Float64Array;
  readonly down: Float64Array;
} {
  const indices = Array.from({ length: world.probes }, (_, i) => i);
  const up = Float64Array.from(indices, world.up);
  const down = Float64Array.from(indices, world.down);
  const start = 5e14;
  const serverClock = (now: number): number => Math.round(now + world.offsetNs + (now - start) * world.driftPpm * 1e-6);
  const sent = Float64Array.from(indices, (i) => start + i * world.gapNs);
  const arrived = sent.map((now, i) => now + world.baseUpNs + (up[i] ?? 0));
  const answered = arrived.map((now) => now + 20_000);
  return {
    times: {
      sentNs: sent,
      serverReceivedNs: arrived.map(serverClock),
      serverSentNs: answered.map(serverClock),
      receivedNs: answered.map((now, i) => Math.round(now + world.baseDownNs + (down[i] ?? 0))),
    },
    up,
    down,
  };
}

/** Largest difference between what was recovered and the true queueing above its own minimum. */
function worstError(found: Float64Array, truth: Float64Array): number {
  const least = truth.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - ((truth[i] ?? 0) - least))), 0);
}

/** Bursts: queues that build up to `depthNs` and drain, at random places. */
function bursts(random: () => number, probes: number, count: number, depthNs: number): (i: number) => number {
  const queue = new Float64Array(probes);
  for (let burst = 0; burst < count; burst++) {
    const at = Math.floor(random() * probes);
    const length = 5 + Math.floor(random() * 60);
    for (let i = 0; i < length && at + i < probes; i++) {
      const shape = 1 - Math.abs((2 * i) / length - 1);
      queue[at + i] = (queue[at + i] ?? 0) + depthNs * shape * (0.5 + random() / 2);
    }
  }
  return (i) => queue[i] ?? 0;
}

describe('queueing()', () => {
  test('of nothing is nothing', () => {
    const none = new Float64Array(0);
    const result = queueing({ sentNs: none, serverReceivedNs: none, serverSentNs: none, receivedNs: none });
    expect(result).toEqual({ up: none, down: none, driftPpm: null });
  });

  test('is exact per direction on clocks that do not drift, whatever their offset', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(50_000_000), fc.nat(50_000_000)), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: -4e14, max: 4e14 }),
        (queues, offsetNs) => {
          const world = simulate({
            ...QUIET,
            probes: queues.length,
            offsetNs,
            up: (i) => queues[i]?.[0] ?? 0,
            down: (i) => queues[i]?.[1] ?? 0,
          });
          const found = queueing(world.times);
          expect(worstError(found.up, world.up)).toBe(0);
          expect(worstError(found.down, world.down)).toBe(0);
          expect(found.driftPpm).toBeNull();
        },
      ),
    );
  });

  // Tolerance: every probe has up to 20 us of noise each way, of which 4 probes in a window leave a
  // few us; the line's error over the run is below 1.5 times that, and the minima add one more.
  test('recovers bursts in one direction under ±50 ppm of drift within 20 us', () => {
    fc.assert(
      fc.property(
        fc.noShrink(fc.nat()),
        fc.integer({ min: 10, max: 50 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 0, max: 12 }),
        (seed, ppm, faster, upwards, count) => {
          const random = seeded(seed);
          const queue = bursts(random, QUIET.probes, count, 30e6);
          const noise = (): number => Math.round(20_000 * random() ** 2);
          const world = simulate({
            ...QUIET,
            driftPpm: faster ? ppm : -ppm,
            up: (i) => noise() + (upwards ? queue(i) : 0),
            down: (i) => noise() + (upwards ? 0 : queue(i)),
          });
          const found = queueing(world.times);
          expect(Math.abs((found.driftPpm ?? Number.NaN) - (faster ? ppm : -ppm))).toBeLessThan(3);
          expect(worstError(found.up, world.up)).toBeLessThan(20_000);
          expect(worstError(found.down, world.down)).toBeLessThan(20_000);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('without the correction, the same drift would look like queueing', () => {
    const { times } = simulate({ ...QUIET, driftPpm: 50 });
    const found = queueing(times);
    expect(found.driftPpm).toBeCloseTo(50, 1);
    expect(found.up.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(10);
    const raw = times.serverReceivedNs.map((value, i) => value - (times.sentNs[i] ?? 0));
    expect((raw.at(-1) ?? 0) - (raw[0] ?? 0)).toBeGreaterThan(200_000);
  });

  test('no queueing looks like a drift if one probe met no queue', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20_000_000), fc.nat(20_000_000)), { minLength: 8, maxLength: 40 }),
        fc.nat(999),
        fc.nat(2_000_000),
        (levels, quiet, noise) => {
          // Each level fills a stretch of the run: whole windows are congested, ramps included.
          const level = (i: number): readonly [number, number] =>
            i === quiet ? [0, 0] : (levels[Math.floor((i * levels.length) / QUIET.probes)] ?? [0, 0]);
          const wobble = (i: number): number => (i === quiet ? 0 : (i * 7919) % (noise + 1));
          const world = simulate({ ...QUIET, up: (i) => level(i)[0] + wobble(i), down: (i) => level(i)[1] });
          const found = queueing(world.times);
          expect(found.driftPpm).toBeNull();
          expect(worstError(found.up, world.up)).toBe(0);
          expect(worstError(found.down, world.down)).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a load that begins in the middle does not look like drift, and the drift is still found', () => {
    for (const driftPpm of [0, 50, -50]) {
      const world = simulate({ ...QUIET, driftPpm, up: (i) => (i < 500 ? 0 : 40e6 + i) });
      const found = queueing(world.times);
      if (driftPpm === 0) expect(found.driftPpm).toBeNull();
      else expect(found.driftPpm).toBeCloseTo(driftPpm, 1);
      expect(worstError(found.up, world.up)).toBeLessThan(100);
      expect(worstError(found.down, world.down)).toBeLessThan(100);
    }
  });

  test('noise of the timestamps without drift is rarely reported as drift', () => {
    const random = seeded(7);
    let taken = 0;
    for (let run = 0; run < 200; run++) {
      // Exponential noise both ways, never quite zero.
      const noise = (): number => Math.round(5_000 - 15_000 * Math.log(1 - random()));
      const world = simulate({ ...QUIET, up: noise, down: noise });
      const found = queueing(world.times);
      if (found.driftPpm !== null) taken++;
      expect(worstError(found.up, world.up)).toBeLessThan(2_000);
      expect(worstError(found.down, world.down)).toBeLessThan(2_000);
    }
    expect(taken).toBeLessThanOrEqual(2);
  });

  test.each([
    ['shorter than 2 s', { ...QUIET, probes: 390, driftPpm: 50 }],
    ['of fewer than 64 probes', { ...QUIET, probes: 63, gapNs: 100e6, driftPpm: 50 }],
  ])('a run %s is not corrected', (_, world) => {
    expect(queueing(simulate(world).times).driftPpm).toBeNull();
  });

  test.each([
    ['of 2 s', { ...QUIET, probes: 401, driftPpm: 50 }],
    ['of 64 probes', { ...QUIET, probes: 64, gapNs: 100e6, driftPpm: 50 }],
  ])('a run %s is corrected', (_, world) => {
    expect(queueing(simulate(world).times).driftPpm).toBeCloseTo(50, 1);
  });

  test.each([0.0001, -0.0003, 0.0005])(
    '%d ppm, which is below the resolution of the clocks, is not reported',
    (driftPpm) => {
      expect(queueing(simulate({ ...QUIET, driftPpm }).times).driftPpm).toBeNull();
    },
  );

  test('does not change its arguments, and refuses arrays of different lengths', () => {
    const { times } = simulate({ ...QUIET, driftPpm: 50 });
    const before = structuredClone(times);
    queueing(times);
    expect(times).toEqual(before);
    for (const key of ['sentNs', 'serverReceivedNs', 'serverSentNs', 'receivedNs'] as const) {
      expect(() => queueing({ ...times, [key]: times[key].subarray(1) })).toThrow(RangeError);
    }
    const short = { serverSentNs: times.serverSentNs.subarray(1), receivedNs: times.receivedNs.subarray(1) };
    expect(() => queueing({ ...times, ...short })).toThrow(RangeError);
  });
});
