import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mtuVerdict, reportingHop } from '../../../../src/path/mtu/mtu-outcome.ts';
import { MtuSearch } from '../../../../src/path/mtu/mtu-search.ts';
import { MS, type MtuPath, play, USUAL } from '../../../support/mtu-path.ts';

const HIDDEN: MtuPath = { mtu: 1400, rttNs: 20 * MS };
const told = (mtu: number): MtuPath => ({ mtu, rttNs: 20 * MS, icmp: () => [mtu] });

describe('MtuSearch', () => {
  test('a path that carries all that the device sends is known after one round trip', () => {
    const found = play({ mtu: 9000, rttNs: 20 * MS });
    expect(found).toMatchObject({ state: 'found', passed: 1500, failed: null, elapsedNs: 20 * MS });
    expect(mtuVerdict(found)).toBe('whole');
    expect(found.sent.map(({ size }) => size)).toEqual([1500, 80]);
  });

  test.each([576, 1280, 1392, 1399, 1420, 1472, 1491, 1492, 1499])(
    'a black hole above %i is found to one octet in less than 1.3 s at a round trip of 20 ms',
    (mtu) => {
      const found = play({ ...HIDDEN, mtu });
      expect(found).toMatchObject({ state: 'found', passed: mtu, failed: mtu + 1, hints: [] });
      expect(mtuVerdict(found)).toBe('black-hole');
      expect(found.elapsedNs).toBeLessThan((mtu === 1499 ? 600 : 1300) * MS);
    },
  );

  test('any limit of any device is found to one octet, with ICMP or without it', () => {
    const sizes = fc.tuple(fc.integer({ min: 80, max: 65_535 }), fc.integer({ min: 80, max: 65_535 }), fc.boolean());
    fc.assert(
      fc.property(sizes, ([a, b, tells]) => {
        const [mtu, most] = [Math.min(a, b), Math.max(a, b)];
        const found = play({ mtu, rttNs: 20 * MS, icmp: () => (tells ? [mtu] : []) }, { most, rateBps: 40e6 });
        expect(found).toMatchObject({ state: 'found', passed: mtu, failed: mtu === most ? null : mtu + 1 });
      }),
      { numRuns: 60 },
    );
  });

  test('a router that tells spares rounds, and its size is verified', () => {
    const found = play(told(1389));
    expect(found).toMatchObject({ state: 'found', passed: 1389, failed: 1390 });
    expect([mtuVerdict(found), reportingHop(found)]).toEqual(['icmp-tells', '192.0.2.9']);
    expect(found.elapsedNs).toBeLessThan(play({ ...HIDDEN, mtu: 1389 }).elapsedNs);
    expect(found.sent.filter(({ size }) => size === 1390).length).toBeGreaterThanOrEqual(6);
  });

  test("the kernel's own figure is tried first, and is no word of a router", () => {
    const found = play({ ...HIDDEN, mtu: 1389 }, { kernelMtu: 1389 });
    expect(found).toMatchObject({ passed: 1389, failed: 1390 });
    expect(found.sent.slice(0, 4).map(({ size }) => size)).toContain(1389);
    expect([mtuVerdict(found), reportingHop(found)]).toEqual(['black-hole', null]);
  });

  test.each([
    ['0', [0]],
    ['68', [68]],
    ['larger than asked', [9000]],
    ['the same size', [1500]],
    ['smaller than what passes', [1000]],
    ['beyond 32 bits', [2 ** 40]],
    ['below zero and between numbers', [-1, 1400.5, Number.NaN]],
  ])('a router that reports %s is not believed', (_name, mtus) => {
    const found = play({ ...HIDDEN, icmp: () => mtus });
    expect(found).toMatchObject({ state: 'found', passed: 1400, failed: 1401 });
    expect(['icmp-wrong', 'black-hole']).toContain(mtuVerdict(found));
  });

  test('forged hints that change all the time add no round, and are bounded in number', () => {
    const plain = play(HIDDEN);
    const found = play({
      ...HIDDEN,
      forged: (size, count) => Array.from({ length: 50 }, (_, i) => 600 + ((size * 7 + count * 13 + i) % 800)),
    });
    expect(found).toMatchObject({ state: 'found', passed: 1400, failed: 1401 });
    expect(found.hints.length).toBe(16);
    expect(found.hintsLeft).toBeGreaterThan(100);
    expect(found.probes - plain.probes).toBeLessThan(60);
    expect(found.elapsedNs - plain.elapsedNs).toBeLessThan(500 * MS);
  });

  test('hints that oscillate between two sizes leave the right one', () => {
    const found = play({ ...HIDDEN, icmp: (_size, count) => [count % 2 === 0 ? 1300 : 1400] });
    expect(found).toMatchObject({ state: 'found', passed: 1400, failed: 1401 });
    expect(mtuVerdict(found)).toBe('icmp-tells');
  });

  test('a size that passed is not taken back by a forged message', () => {
    const found = play({ mtu: 1500, rttNs: 20 * MS, forged: () => [1280] });
    expect(found).toMatchObject({ passed: 1500, failed: null });
    expect(mtuVerdict(found)).toBe('whole');
  });

  test.each([0.05, 0.2, 0.35])('a loss of %d changes nothing but the time', (loss) => {
    for (let seed = 1; seed <= 40; seed++) {
      const found = play({ ...HIDDEN, loss }, {}, seed);
      expect(found, `seed ${seed}`).toMatchObject({ passed: 1400, failed: 1401, state: 'found' });
    }
  });

  test('a loss that leaves no size certain is said', () => {
    const verdicts = Array.from({ length: 20 }, (_, seed) => mtuVerdict(play({ ...HIDDEN, loss: 0.8 }, {}, seed + 1)));
    expect(new Set(verdicts)).toEqual(new Set(['loss-too-high', 'no-answer']));
    expect(verdicts.filter((verdict) => verdict === 'loss-too-high').length).toBeGreaterThan(5);
  });

  test('a target that answers nothing is given up in 3 s', () => {
    const found = play({ ...HIDDEN, loss: 1 });
    expect(found).toMatchObject({ state: 'silent', passed: null, failed: null, answers: 0 });
    expect(mtuVerdict(found)).toBe('no-answer');
    expect(found.elapsedNs).toBeLessThan(3000 * MS);
  });

  test('a target that is away for a second is not taken for a limit', () => {
    const found = play({ mtu: 1450, rttNs: 20 * MS, away: [1100 * MS, 2100 * MS] });
    expect(found).toMatchObject({ state: 'found', passed: 1450, failed: 1451 });
  });

  test('a target that is away is asked less often meanwhile, and a size is tried more often where more is lost', () => {
    const away = play({ mtu: 1450, rttNs: 20 * MS, away: [1100 * MS, 2100 * MS] }, { pauseNs: 400 * MS });
    const meanwhile = away.sent.filter(({ at }) => at >= 1100 * MS && at < 2100 * MS).length;
    expect(meanwhile).toBeLessThan(20);
    const tries = ({ sent }: ReturnType<typeof play>): number => sent.filter(({ size }) => size === 1401).length;
    expect(tries(play(HIDDEN))).toBe(6);
    expect(tries(play({ ...HIDDEN, loss: 0.35 }))).toBeGreaterThan(8);
  });

  test('a target that goes away for good ends the search with what was known', () => {
    const found = play({ mtu: 1450, rttNs: 20 * MS, away: [1100 * MS, Number.POSITIVE_INFINITY] });
    expect(found).toMatchObject({ state: 'unfinished' });
    expect(found.passed).not.toBeNull();
    expect(mtuVerdict(found)).toBe('unfinished');
    expect(found.elapsedNs).toBeLessThan(10_000 * MS);
  });

  test('an answer that comes after its size was given up still counts', () => {
    const slow = (id: number): number => (id % 3 === 0 ? 600 * MS : 20 * MS);
    expect(play({ ...HIDDEN, delayOf: slow })).toMatchObject({ passed: 1400, failed: 1401 });
  });

  test('a round trip of a second and more is waited for', () => {
    expect(play({ ...HIDDEN, rttNs: 900 * MS })).toMatchObject({ state: 'found', passed: 1400, failed: 1401 });
  });

  test("what the sender's own system refuses is its limit, and no black hole", () => {
    const found = play({ mtu: 9000, rttNs: 20 * MS, deviceMtu: 1420 });
    expect(found).toMatchObject({ state: 'found', passed: 1420, most: 1420, failed: null });
    expect(mtuVerdict(found)).toBe('whole');
  });

  test.each([1396, 1400])('packets that arrive in fragments of %i have not passed', (fragments) => {
    const found = play({ ...HIDDEN, fragments });
    expect(found).toMatchObject({ state: 'found', passed: 1400, failed: 1401, fragmentBytes: fragments });
    expect(mtuVerdict(found)).toBe('fragmented');
    expect(found.elapsedNs).toBeLessThan(200 * MS);
  });

  test('a host that answers six at once and then one a second is asked as slowly', () => {
    const scarce = { parallel: 1, pauseNs: 1100 * MS };
    const found = play({ ...HIDDEN, mtu: 1476, scarceNs: 1000 * MS }, scarce);
    expect(found).toMatchObject({ state: 'found', passed: 1476, failed: 1477, contradictions: 0 });
    for (const mtu of [300, 700, 1290, 1413, 1476, 1499]) {
      const hidden = play({ ...HIDDEN, mtu, scarceNs: 1000 * MS }, scarce);
      expect(hidden).toMatchObject({ passed: mtu, failed: mtu + 1, loss: { sent: 0, lost: 0 } });
      expect(mtuVerdict(hidden), 'answers that are held back are no loss').toBe('black-hole');
    }
    expect(play({ ...told(1476), scarceNs: 1000 * MS }, scarce).elapsedNs).toBeLessThan(found.elapsedNs);
  });

  test('no more is sent than the rate allows', () => {
    const { sent } = play({ ...HIDDEN, mtu: 700 }, { rateBps: 400_000 });
    const first = sent[0]?.at ?? 0;
    let octets = 0;
    for (const { size, at } of sent) {
      octets += size;
      expect(octets).toBeLessThanOrEqual(16 * 1024 + 1500 + (at - first) * 50_000e-9);
    }
  });

  test('a number that was not sent, and a second answer, change nothing', () => {
    const search = new MtuSearch(USUAL);
    search.begin(0);
    for (const id of [-1, 7, 1.5, Number.NaN]) search.handleAnswer(id, 1);
    expect(search.outcome.passed).toBeNull();
    search.handleAnswer(0, 2);
    search.handleAnswer(0, 3);
    expect(search.outcome).toMatchObject({ passed: 1500, answers: 1 });
  });

  test('fragments that come before anything passed do not end the search for what does', () => {
    const search = new MtuSearch(USUAL);
    search.begin(0);
    search.pollTransmit();
    search.pollTransmit();
    search.handleFragmented(0, 1396, 20 * MS);
    expect(search.outcome).toMatchObject({ passed: null, failed: 1500 });
    search.handleTimeout(250 * MS);
    expect(search.pollTransmit()).toEqual({ id: 2, size: 80 });
  });

  test('stop() ends it with what is known', () => {
    const search = new MtuSearch(USUAL);
    search.begin(0);
    search.handleAnswer(1, 20 * MS);
    search.stop(30 * MS);
    expect([search.isOver, search.pollTimeout(), search.pollTransmit()]).toEqual([true, undefined, undefined]);
    expect(search.outcome).toMatchObject({ state: 'unfinished', passed: 80, elapsedNs: 30 * MS });
  });
});
