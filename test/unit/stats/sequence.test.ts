import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Arrival, SequenceTracker } from '../../../src/stats/sequence.ts';

/** The same accounts from a set that forgets nothing. */
class NaiveTracker {
  readonly #window: number;
  readonly #seen = new Set<number>();
  readonly tally = {
    received: 0,
    duplicated: 0,
    reordered: 0,
    stale: 0,
    highest: null as number | null,
    nextExpected: 0,
  };

  constructor(window: number) {
    this.#window = window;
  }

  observe(seq: number): Arrival {
    const { tally } = this;
    if (tally.highest !== null && seq <= tally.highest - this.#window) {
      tally.stale++;
      return 'stale';
    }
    if (this.#seen.has(seq)) {
      tally.duplicated++;
      return 'duplicate';
    }
    this.#seen.add(seq);
    tally.received++;
    if (seq < tally.nextExpected) tally.reordered++;
    tally.nextExpected = Math.max(tally.nextExpected, seq + 1);
    tally.highest = Math.max(tally.highest ?? 0, seq);
    return 'new';
  }
}

const tallyOf = ({
  received,
  duplicated,
  reordered,
  stale,
  highest,
  nextExpected,
}: SequenceTracker): NaiveTracker['tally'] => ({
  received,
  duplicated,
  reordered,
  stale,
  highest,
  nextExpected,
});

const windows = fc.constantFrom(32, 64, 128, 256);
/** Steps relative to the highest number: small ones, word and window edges, and far jumps. */
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -8, max: 4 }) },
  { weight: 3, arbitrary: fc.integer({ min: -300, max: 300 }) },
  { weight: 2, arbitrary: fc.constantFrom(31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257) },
  { weight: 2, arbitrary: fc.constantFrom(-31, -32, -33, -63, -64, -65, -127, -128, -129, -255, -256, -257) },
);
/** Where the walk begins: also where 32 bits end, and where exact numbers end. */
const bases = fc.constantFrom(0, 1, 2 ** 31 - 40, 2 ** 32 - 40, 2 ** 40, 2 ** 53 - 2 ** 20);

describe('SequenceTracker', () => {
  test('observe() agrees with a set for any order', () => {
    fc.assert(
      fc.property(windows, bases, fc.array(steps, { maxLength: 300 }), (window, base, walk) => {
        const tracker = new SequenceTracker(window);
        const naive = new NaiveTracker(window);
        for (const step of walk) {
          const seq = Math.max(0, (tracker.highest ?? base) + step);
          expect(tracker.observe(seq)).toBe(naive.observe(seq));
        }
        expect(tallyOf(tracker)).toEqual(naive.tally);
      }),
      { numRuns: 500 },
    );
  });

  test('observeRun() agrees with a set, number by number', () => {
    const run = fc.tuple(
      steps,
      fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(127, 128, 129, 255, 256, 257, 600)),
    );
    fc.assert(
      fc.property(windows, bases, fc.array(run, { maxLength: 60 }), (window, base, runs) => {
        const tracker = new SequenceTracker(window);
        const naive = new NaiveTracker(window);
        for (const [step, count] of runs) {
          const first = Math.max(0, (tracker.highest ?? base) + step);
          let fresh = 0;
          for (let i = 0; i < count; i++) if (naive.observe(first + i) === 'new') fresh++;
          expect(tracker.observeRun(first, count)).toBe(fresh);
          // Every bit of the window must be right, not only those that the walk comes back to.
          const probe = tracker.nextExpected - 1 - (step & 31);
          if (probe >= 0) expect(tracker.observe(probe)).toBe(naive.observe(probe));
        }
        expect(tallyOf(tracker)).toEqual(naive.tally);
      }),
      { numRuns: 500 },
    );
  });

  test.each([31, 32, 33, 63, 64, 65, 127, 128, 129, 2 ** 31, 2 ** 32, 2 ** 50])(
    'observe() after a jump of %d still knows each number of the window',
    (jump) => {
      const window = 128;
      for (const start of [0, 5, 31, 32, 100, 127]) {
        const tracker = new SequenceTracker(window);
        tracker.observeRun(0, start + 1);
        expect(tracker.observe(start + jump)).toBe('new');
        const naive = new Set(Array.from({ length: start + 1 }, (_, i) => i)).add(start + jump);
        for (let back = 0; back < window + 2; back++) {
          const seq = start + jump - back;
          if (seq < 0) break;
          const want = back >= window ? 'stale' : naive.has(seq) ? 'duplicate' : 'new';
          expect(tracker.observe(seq), `${seq} from ${start}`).toBe(want);
        }
      }
    },
  );

  test('observe() handles large jumps with the default window in little time', () => {
    const tracker = new SequenceTracker();
    const before = performance.now();
    for (let i = 1; i <= 8; i++) expect(tracker.observe(i * 2 ** 50 - 1)).toBe('new');
    expect(performance.now() - before).toBeLessThan(1000);
    expect(tracker.highest).toBe(Number.MAX_SAFE_INTEGER);
    expect(tracker.observe(3)).toBe('stale');
  });

  test('observe() treats a number outside the window as stale', () => {
    const tracker = new SequenceTracker(32);
    tracker.observe(5);
    tracker.observe(36);
    expect(tracker.observe(5)).toBe('duplicate');
    tracker.observe(37);
    expect(tracker.observe(5)).toBe('stale');
    tracker.observe(40);
    expect(tracker.observe(38)).toBe('new');
  });

  test('reordered counts late packets, not the one that overtook them (RFC 4737 section 3)', () => {
    const tracker = new SequenceTracker();
    for (const seq of [0, 1, 4, 2, 3, 5]) tracker.observe(seq);
    expect(tallyOf(tracker)).toEqual({
      received: 6,
      duplicated: 0,
      reordered: 2,
      stale: 0,
      highest: 5,
      nextExpected: 6,
    });
  });

  test('a duplicate is neither received nor reordered', () => {
    const tracker = new SequenceTracker();
    for (const seq of [0, 1, 1, 0, 2]) tracker.observe(seq);
    expect(tallyOf(tracker)).toEqual({
      received: 3,
      duplicated: 2,
      reordered: 0,
      stale: 0,
      highest: 2,
      nextExpected: 3,
    });
  });

  test('highest is null before the first packet', () => {
    expect(tallyOf(new SequenceTracker())).toEqual(new NaiveTracker(32).tally);
  });

  test('observeRun() longer than the window marks the whole window', () => {
    const tracker = new SequenceTracker(64);
    expect(tracker.observeRun(0, 1000)).toBe(1000);
    expect(tracker.observe(936)).toBe('duplicate');
    expect(tracker.observe(935)).toBe('stale');
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('observe() refuses %d', (seq) => {
    const tracker = new SequenceTracker();
    expect(() => tracker.observe(seq)).toThrow(RangeError);
    expect(() => tracker.observeRun(seq, 1)).toThrow(RangeError);
    expect(() => tracker.observeRun(1, seq)).toThrow(RangeError);
    expect(tracker.received).toBe(0);
  });

  test.each([0, 16, 33, 100, 2 ** 31, Number.NaN])('a window of %d is refused', (window) => {
    expect(() => new SequenceTracker(window)).toThrow(RangeError);
  });
});
