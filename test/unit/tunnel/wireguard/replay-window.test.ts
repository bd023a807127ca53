import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REPLAY_WINDOW, ReplayWindow } from '../../../../src/tunnel/wireguard/replay-window.ts';

const W = BigInt(REPLAY_WINDOW);
/** REJECT_AFTER_MESSAGES, whitepaper §6.1. */
const M = 2n ** 64n - 2n ** 13n - 1n;

const accept = (window: ReplayWindow, counter: bigint): boolean =>
  window.accept(Number(counter >> 32n), Number(counter & 0xffff_ffffn));

/** The oracle: all counters seen, and the greatest of them. */
class NaiveWindow {
  readonly #seen = new Set<bigint>();
  #greatest = 0n;

  accept(counter: bigint): boolean {
    if (counter >= M || counter + W < this.#greatest || this.#seen.has(counter)) return false;
    this.#seen.add(counter);
    if (counter > this.#greatest) this.#greatest = counter;
    return true;
  }
}

test('the window is that of a ring of 8192 bits with words of 32 (RFC 6479)', () => {
  expect(REPLAY_WINDOW).toBe(8160);
});

test('accept() gives the verdicts of the kernel, step by step (selftest/counter.c)', () => {
  const L = W + 1n;
  const steps: readonly (readonly [string, bigint, boolean])[] = [
    ['0', 0n, true],
    ['1', 1n, true],
    ['1 again', 1n, false],
    ['9', 9n, true],
    ['8', 8n, true],
    ['7', 7n, true],
    ['7 again', 7n, false],
    ['L', L, true],
    ['L - 1', L - 1n, true],
    ['L - 1 again', L - 1n, false],
    ['L - 2', L - 2n, true],
    ['2', 2n, true],
    ['2 again', 2n, false],
    ['L + 16', L + 16n, true],
    ['3', 3n, false],
    ['L + 16 again', L + 16n, false],
    ['4L', 4n * L, true],
    ['4L - (L - 1)', 4n * L - (L - 1n), true],
    ['10', 10n, false],
    ['4L - L', 4n * L - L, false],
    ['4L - (L + 1)', 4n * L - (L + 1n), false],
    ['4L - (L - 2)', 4n * L - (L - 2n), true],
    ['4L + 1 - L', 4n * L + 1n - L, false],
    ['0 again', 0n, false],
    ['M', M, false],
    ['M - 1', M - 1n, true],
    ['M again', M, false],
    ['M - 1 again', M - 1n, false],
    ['M - 2', M - 2n, true],
    ['M + 1', M + 1n, false],
    ['M + 2', M + 2n, false],
    ['M - 2 again', M - 2n, false],
    ['M - 3', M - 3n, true],
    ['0 at the end', 0n, false],
    ['2^64 - 1', 2n ** 64n - 1n, false],
  ];
  const window = new ReplayWindow();
  for (const [name, counter, expected] of steps) expect(accept(window, counter), name).toBe(expected);
});

const up = (from: bigint, to: bigint): bigint[] =>
  Array.from({ length: Number(to - from) + 1 }, (_, i) => from + BigInt(i));
const down = (from: bigint, to: bigint): bigint[] => up(to, from).reverse();

test.each([
  [
    '1 to W, 0 twice',
    up(1n, W),
    [
      [0n, true],
      [0n, false],
    ],
  ],
  [
    '2 to W + 1, 1, 0',
    up(2n, W + 1n),
    [
      [1n, true],
      [0n, false],
    ],
  ],
  ['W down to 0', down(W, 0n), []],
  ['W + 1 down to 1, 0', down(W + 1n, 1n), [[0n, false]]],
  [
    'W down to 1, W + 1, 0',
    down(W, 1n),
    [
      [W + 1n, true],
      [0n, false],
    ],
  ],
  [
    'W down to 1, 0, W + 1',
    down(W, 1n),
    [
      [0n, true],
      [W + 1n, true],
    ],
  ],
] as const)('accept() of a run: %s (selftest/counter.c)', (_, run, then) => {
  const window = new ReplayWindow();
  expect(run.filter((counter) => !accept(window, counter))).toEqual([]);
  for (const [counter, expected] of then) expect(accept(window, counter), `${counter}`).toBe(expected);
});

const JUMPS = [31n, 32n, 33n, 63n, 64n, 65n, W - 1n, W, W + 1n, 8191n, 8192n, 8193n, 16_384n, 2n ** 32n, 2n ** 53n];
const STARTS = [0n, 1n, 31n, 32n, 8191n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 37n - 5n, 2n ** 53n - 1n, M - 2n ** 54n];

describe.each(STARTS)('from %d on', (start) => {
  test.each(JUMPS)('accept() of a jump by %d takes each counter in the window once, and no other', (jump) => {
    const window = new ReplayWindow();
    const naive = new NaiveWindow();
    const end = start + jump;
    // Everything around both ends of the jump, the edges of words and the edge of the window.
    const near = [start, end, end - W, end - 32n, end - 8192n].flatMap((counter) => up(counter - 40n, counter + 2n));
    for (const counter of [start, end, ...near].filter((counter) => counter >= 0n)) {
      expect(accept(window, counter), `${counter}`).toBe(naive.accept(counter));
      expect(accept(window, counter), `${counter} again`).toBe(false);
    }
  });
});

test('accept() forgets the whole window when the lower half runs over', () => {
  // The same lower halves, 2^32 later: every bit of the ring was set.
  const window = new ReplayWindow();
  for (const counter of up(0n, 8191n)) accept(window, counter);
  expect(up(2n ** 32n, 2n ** 32n + 8191n).filter((counter) => !accept(window, counter))).toEqual([]);
});

test('accept() starts anywhere, and knows what is too old for that', () => {
  for (const first of [0n, 5n, 2n ** 33n + 7n, M - 1n]) {
    const window = new ReplayWindow();
    expect(accept(window, first)).toBe(true);
    expect(accept(window, first)).toBe(false);
    if (first >= W) expect([first - W, first - W - 1n].map((n) => accept(window, n))).toEqual([true, false]);
  }
});

test('accept() agrees with a set of all counters seen', () => {
  const step = fc.oneof(
    fc.bigInt({ min: -70n, max: 70n }),
    fc.bigInt({ min: -W - 40n, max: 8300n }),
    fc.constantFrom(...JUMPS, ...JUMPS.map((jump) => -jump)),
  );
  const start = fc.constantFrom(...STARTS, M - 9000n, 2n ** 32n - 4000n);
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 200 }), (from, steps) => {
      const window = new ReplayWindow();
      const naive = new NaiveWindow();
      let cursor = from;
      for (const by of steps) {
        const counter = cursor + by;
        if (counter < 0n || counter >= 2n ** 64n) continue;
        const expected = naive.accept(counter);
        expect(accept(window, counter), `${counter}`).toBe(expected);
        // Mostly forward, as packets do.
        if (expected && by > 0n) cursor = counter;
      }
    }),
    { numRuns: 300 },
  );
});
