import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DROPPED, Impairment, type ImpairmentPlan, seededRandom } from '../../../src/measure/impairment.ts';

const MS = 1e6;
const never = (): number => 0.999_999;
const plan = (overrides: Partial<ImpairmentPlan> = {}): ImpairmentPlan => ({
  rateBps: null,
  delayNs: 0,
  lossRatio: 0,
  queueNs: 50 * MS,
  ...overrides,
});

describe('Impairment', () => {
  test('without limits a packet arrives at once', () => {
    const line = new Impairment(plan(), never);
    expect(line.arrival(1500, 5)).toBe(5);
    expect(line.arrival(1500, 5)).toBe(5);
  });

  test('a delay is added to every packet', () => {
    expect(new Impairment(plan({ delayNs: 20 * MS }), never).arrival(40, 7)).toBe(20 * MS + 7);
  });

  test('a rate lets one packet of 1500 octets through in the time of 1514, as tc-tbf(8) and tc-netem(8)', () => {
    const line = new Impairment(plan({ rateBps: 100e6 }), never);
    const each = (1514 * 8 * 1e9) / 100e6;
    expect(line.arrival(1500, 0)).toBeCloseTo(each);
    expect(line.arrival(1500, 0)).toBeCloseTo(2 * each);
    // An idle line saves nothing up.
    expect(line.arrival(1500, 1e9)).toBeCloseTo(1e9 + each);
  });

  test('a packet that would wait longer than the queue allows is dropped, and later ones are not', () => {
    const line = new Impairment(plan({ rateBps: 12_112_000, queueNs: 2 * MS }), never);
    // 1 ms for each packet.
    expect([1, 2, 3].map(() => line.arrival(1500, 0))).toEqual([MS, 2 * MS, 3 * MS]);
    expect(line.arrival(1500, 0)).toBe(DROPPED);
    expect(line.arrival(1500, MS)).toBe(4 * MS);
    expect(line.counts).toEqual({ packets_carried: 4, packets_lost: 0, packets_queue_full: 1 });
  });

  test('loss takes the packets that chance names, and they take no time on the line', () => {
    const draws = [0.1, 0.01, 0.1];
    const line = new Impairment(plan({ rateBps: 12_112_000, lossRatio: 0.05 }), () => draws.shift() ?? 1);
    expect([1, 2, 3].map(() => line.arrival(1500, 0))).toEqual([MS, DROPPED, 2 * MS]);
    expect(line.counts).toEqual({ packets_carried: 2, packets_lost: 1, packets_queue_full: 0 });
  });

  test('loses the share that was asked for', () => {
    const line = new Impairment(plan({ lossRatio: 0.02 }), seededRandom(1));
    for (let i = 0; i < 100_000; i++) line.arrival(1500, i);
    // Five standard deviations of the binomial distribution.
    expect(Math.abs(line.counts.packets_lost - 2000)).toBeLessThan(5 * Math.sqrt(100_000 * 0.02 * 0.98));
  });

  test('keeps the order, never early, and over any time no faster than its rate', () => {
    const packets = fc.array(
      fc.record({ bytes: fc.integer({ min: 20, max: 9000 }), gap: fc.integer({ min: 0, max: 5 * MS }) }),
    );
    fc.assert(
      fc.property(
        packets,
        fc.integer({ min: 1e6, max: 1e9 }),
        fc.integer({ min: 0, max: 100 * MS }),
        (sent, rateBps, delayNs) => {
          const line = new Impairment(plan({ rateBps, delayNs }), never);
          let now = 0;
          let last = 0;
          let bits = 0;
          for (const { bytes, gap } of sent) {
            now += gap;
            const at = line.arrival(bytes, now);
            if (at === DROPPED) continue;
            expect(at).toBeGreaterThanOrEqual(Math.max(last, now + delayNs));
            // The queue before the bottleneck is bounded, and so is what is under way.
            expect(at - now).toBeLessThanOrEqual(delayNs + 50 * MS + ((9014 * 8) / rateBps) * 1e9);
            last = at;
            bits += bytes * 8;
            expect(bits / ((at - delayNs) / 1e9)).toBeLessThanOrEqual(rateBps * 1.000_001);
          }
        },
      ),
    );
  });
});

test('seededRandom() repeats itself for the same seed, and differs for another', () => {
  const draw = (seed: number): number[] => Array.from({ length: 8 }, seededRandom(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  for (const value of draw(7)) expect(value >= 0 && value < 1).toBe(true);
});
