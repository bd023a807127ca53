import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateGuard, rateGuardOf, readPacer } from '../../../../src/measure/flow/rate-guard.ts';

const T0 = 5e9;
/** 1 MB/s. */
const RATE = 8e6;

/** Octets that a reader gets in `seconds` that reads whatever it may every `stepNs`, if as many wait as it likes. */
function read(seconds: number, stepNs: number): number {
  const pacer = readPacer(RATE, T0);
  let total = 0;
  for (let now = T0; now < T0 + seconds * 1e9; now += stepNs) {
    const due = pacer.due(now);
    pacer.take(Math.max(0, due));
    total += Math.max(0, due);
  }
  return total;
}

describe('readPacer()', () => {
  test.each([1e5, 1e6, 25e6])('reads no more than the rate from the first moment on (every %d ns)', (step) => {
    for (const seconds of [0.001, 0.1, 1, 10]) {
      expect(read(seconds, step)).toBeLessThanOrEqual(seconds * 1e6 + 1);
      expect(read(seconds, step)).toBeGreaterThanOrEqual(seconds * 1e6 - (step / 1e9) * 1e6 - 1);
    }
  });

  test('makes a stall of the line good, and no more than a second of it', () => {
    const pacer = readPacer(RATE, T0);
    expect(pacer.due(T0 + 0.8e9)).toBe(800_001);
    pacer.take(800_001);
    expect(pacer.due(T0 + 60e9)).toBe(1_000_001);
  });

  test('what was read at once has to be waited for', () => {
    const pacer = readPacer(RATE, T0);
    pacer.take(65_536);
    expect(pacer.due(T0 + 60e6)).toBeLessThanOrEqual(0);
    expect(pacer.nextAt()).toBe(T0 + 65_536_000);
  });
});

describe('RateGuard', () => {
  test('lets an honest sender pass, however the path bunches and repeats what it sent', () => {
    // 1000 octets a millisecond for 10 s; the path holds them back for up to 3 s, and repeats one in 40.
    const holds = fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 3000 })));
    fc.assert(
      fc.property(holds, fc.integer({ min: 0, max: 200 }), (stalls, skewMs) => {
        const guard = new RateGuard(RATE);
        guard.begin(T0 + skewMs * 1e6);
        for (let ms = 0; ms < 10_000; ms++) {
          const held = stalls.find(([from, length]) => ms >= from && ms < from + length);
          const at = T0 + (held ? held[0] + held[1] : ms) * 1e6;
          expect(guard.exceeds(ms % 40 === 0 ? 2000 : 1000, at)).toBe(false);
        }
      }),
      { numRuns: 20 },
    );
  });

  test.each([1.2, 2, 100])('tells of %d times the rate', (factor) => {
    const guard = new RateGuard(RATE);
    guard.begin(T0);
    let ms = 0;
    while (ms < 10_000 && !guard.exceeds(1000 * factor, T0 + ms * 1e6)) ms++;
    // 250 ms and 64 KiB of grace, at 5 % of tolerance.
    expect(ms).toBeLessThanOrEqual(Math.ceil((250 + 66) / (factor - 1.05)) + 1);
    expect(ms).toBeGreaterThan(0);
  });

  test('counts what comes before the start, too', () => {
    const guard = new RateGuard(RATE);
    expect(guard.exceeds(250_000 + 65_536, T0)).toBe(false);
    expect(guard.exceeds(1, T0 + 60e9)).toBe(true);
  });

  test('is there for streams that are held', () => {
    expect(rateGuardOf({ heldBps: null })).toBeNull();
    expect(rateGuardOf({ heldBps: 1 })).toBeInstanceOf(RateGuard);
  });
});
