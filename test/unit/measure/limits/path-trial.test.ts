import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateSteps, SizeSearch } from '../../../../src/measure/limits/path-trial.ts';

/** RFC 8200, section 5. */
const LEAST_MTU = 1280;

describe('rateSteps()', () => {
  test.each([1e6, 20e6, 1e9, 100e9])(
    'of %d bit/s are half and twice of the line, each with enough datagrams',
    (bps) => {
      const [half, twice] = rateSteps(bps);
      for (const [step, times] of [
        [half, 0.5],
        [twice, 2],
      ] as const) {
        const frames = step.rateBps * ((step.packetBytes + 14) / step.packetBytes);
        expect(frames / (bps * (1500 / 1448))).toBeCloseTo(times, 2);
        expect((step.rateBps * step.durationNs) / 8e9 / step.packetBytes).toBeGreaterThan(100);
      }
    },
  );

  test('of next to nothing are still enough datagrams to tell a loss of a tenth', () => {
    const [half] = rateSteps(1000);
    expect((half.rateBps * half.durationNs) / 8e9 / half.packetBytes).toBeGreaterThan(30);
  });
});

describe('SizeSearch', () => {
  test('finds between which sizes a path of any MTU ends, in at most seven tries', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 9500 }),
        fc.integer({ min: 300, max: 9000 }),
        fc.boolean(),
        (mtu, asked, known) => {
          const used = known ? Math.max(asked, mtu + 1) : asked;
          const search = new SizeSearch(used, known);
          let tries = 0;
          for (let size = search.next(); size !== undefined; size = search.next()) {
            search.handle(size, size <= mtu);
            expect(++tries).toBeLessThanOrEqual(7);
          }
          const { passes, fails: smallest } = search.result;
          expect(passes ?? 0).toBeLessThanOrEqual(mtu);
          if (used <= mtu) expect([passes, smallest]).toEqual([used, null]);
          else expect(smallest).toBeGreaterThan(mtu);
        },
      ),
    );
  });

  test('asks first whether it is an MTU at all, and knows no more than it was told', () => {
    const search = new SizeSearch(1500, true);
    expect(search.result).toEqual({ passes: null, fails: 1500 });
    expect(search.next()).toBe(LEAST_MTU);
    search.handle(LEAST_MTU, false);
    expect(search.next()).toBe(200);
    search.handle(200, false);
    expect(search.next()).toBeUndefined();
    expect(search.result).toEqual({ passes: null, fails: 200 });
  });
});
