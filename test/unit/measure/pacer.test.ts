import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_CATCH_UP, Pacer } from '../../../src/measure/pacer.ts';

const S = 1e9;
const MS = 1e6;

describe('Pacer', () => {
  test('lets the first unit go at once and the second when its time has come', () => {
    const pacer = new Pacer(1000, 5 * S);
    expect([pacer.due(5 * S), pacer.nextAt()]).toEqual([1, 5 * S]);
    pacer.take(1);
    expect([pacer.due(5 * S), pacer.nextAt()]).toEqual([0, 5 * S + MS]);
    expect([pacer.due(5 * S + MS - 1), pacer.due(5 * S + MS)]).toEqual([0, 1]);
  });

  test('makes good a late wake-up', () => {
    const pacer = new Pacer(1000, 0);
    pacer.take(1);
    expect(pacer.due(10.5 * MS)).toBe(10);
    pacer.take(10);
    expect([pacer.due(10.5 * MS), pacer.nextAt()]).toEqual([0, 11 * MS]);
  });

  test('makes good no more than the longest stall', () => {
    const pacer = new Pacer(1000, 0);
    pacer.take(1);
    expect(MAX_CATCH_UP).toBe(40 * MS);
    expect(pacer.due(40 * MS)).toBe(40);
    expect(pacer.due(5 * S)).toBe(41);
    pacer.take(41);
    expect(pacer.nextAt(), 'and goes on at its rate from there').toBe(5 * S + MS);
    expect(pacer.due(5 * S + 10 * MS)).toBe(10);
  });

  test.each([40, 41, 42, 60, 1000])('after a stall of %d ms no more than 40 ms of units are due', (ms) => {
    const pacer = new Pacer(1000, 0);
    pacer.take(1);
    expect(pacer.due(ms * MS)).toBe(ms === 40 ? 40 : 41);
  });

  test('what was sent ahead of time is taken off', () => {
    const pacer = new Pacer(1000, 0);
    pacer.take(10);
    expect(pacer.due(5 * MS)).toBeLessThanOrEqual(0);
    expect(pacer.nextAt()).toBe(10 * MS);
  });

  test('asking changes nothing', () => {
    const pacer = new Pacer(1000, 0);
    for (let i = 0; i < 5; i++) expect(pacer.due(3 * MS)).toBe(4);
  });

  test('is exact over an hour of wake-ups at any time', () => {
    const rates = fc.constantFrom(0.5, 3, 1000 / 3, 12_345.678, 89_285_714.28);
    const sleeps = fc.array(fc.integer({ min: 1, max: 39 * MS }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(rates, fc.constantFrom(0, 9.3e14), sleeps, (rate, start, pauses) => {
        const pacer = new Pacer(rate, start);
        let sent = 0;
        let now = start;
        for (let i = 0; now < start + 3600 * S && i < 20_000; i++) {
          const due = Math.max(0, pacer.due(now));
          pacer.take(due);
          sent += due;
          now += pauses[i % pauses.length] ?? 1;
        }
        pacer.take(pacer.due(now));
        const exact = Math.floor(((now - start) * rate) / S) + 1;
        // The last look is not in `sent`: at most one pause of units is missing.
        expect(exact - sent).toBeLessThanOrEqual((39 * MS * rate) / S + 2);
        expect(sent).toBeLessThanOrEqual(exact + 1);
      }),
      { numRuns: 25 },
    );
  });

  test('something is due within a nanosecond of when it says so, for a day and more', () => {
    const rates = fc.double({ min: 0.1, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(rates, fc.integer({ min: 0, max: 1e15 }), fc.integer({ min: 0, max: 1e6 }), (rate, start, ahead) => {
        const pacer = new Pacer(rate, start);
        pacer.take(Math.min(ahead, Math.floor(rate * 86_400)));
        expect(pacer.due(Math.ceil(pacer.nextAt()) + 1)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
