import { describe, expect, test } from 'vitest';
import type { MtuOutcome } from '../../../../../src/path/mtu/mtu-outcome.ts';
import type { VanishingPlace } from '../../../../../src/path/mtu/vanishing-hop.ts';
import { describeDirection } from '../../../../../src/run/probes/mtu/mtu-words.ts';

const OUTCOME: MtuOutcome = {
  state: 'found',
  least: 80,
  most: 1500,
  passed: 1400,
  failed: 1401,
  hints: [],
  hintsLeft: 0,
  contradictions: 0,
  fragmentBytes: null,
  probes: 60,
  answers: 30,
  loss: { sent: 30, lost: 0 },
  shortestRttNs: 20e6,
  elapsedNs: 7e8,
};
const said = (mtu: number, from: string | null = '192.0.2.9') => ({ mtu, origin: 'icmp', from, count: 1 }) as const;
const words = (changes: Partial<MtuOutcome>, place: VanishingPlace | null = null): string =>
  describeDirection('forward', { ...OUTCOME, ...changes }, place, null).words;
const hop = (ttl: number, address: string | null = `10.0.0.${ttl}`) => ({ ttl, address });

describe('describeDirection()', () => {
  test('all that the device sends, of either end', () => {
    expect(words({ passed: 1500, failed: null })).toBe("1500 octets pass, all that this host's device sends");
    const backward = describeDirection('backward', { ...OUTCOME, passed: 1500, failed: null }, null, null);
    expect(backward.words).toBe("1500 octets pass, all that the server's device sends");
  });

  test('who says what by ICMP', () => {
    expect(words({ hints: [said(1300), said(1400)] })).toBe(
      '1400 octets pass, and 192.0.2.9 says by ICMP that no more do',
    );
    expect(words({ hints: [said(1400, null)] })).toMatch(/and a router says by ICMP/);
    expect(words({ hints: [68, 0, 9000, 1300].map((mtu) => said(mtu)) })).toBe(
      '1400 octets pass, 1401 do not, and ICMP is wrong about it: 192.0.2.9 says 68, 192.0.2.9 says 0, 192.0.2.9 says 9000 and 1 more',
    );
  });

  test('where packets vanish that ICMP lets through', () => {
    expect(words({ hints: [said(1440)] }, { after: hop(2), before: hop(3) })).toBe(
      '1400 octets pass, 1401 vanish behind hop 2 (10.0.0.2), and ICMP is wrong about it: 192.0.2.9 says 1440',
    );
  });

  test.each([
    [null, 'black hole: 1401 octets and more vanish, no ICMP; 1400 pass'],
    [
      { after: hop(2), before: hop(3) },
      'black hole: 1401 octets and more vanish behind hop 2 (10.0.0.2), no ICMP; 1400 pass',
    ],
    [
      { after: hop(2, null), before: hop(5) },
      'black hole: 1401 octets and more vanish behind hop 2, before hop 5 (10.0.0.5), no ICMP; 1400 pass',
    ],
    [
      { after: hop(0, null), before: hop(1) },
      'black hole: 1401 octets and more vanish on the first link, no ICMP; 1400 pass',
    ],
  ])('where packets vanish: %j', (place, sentence) => {
    expect(words({}, place)).toBe(sentence);
  });

  test('loss, fragments, and a search that did not end', () => {
    expect(words({ loss: { sent: 40, lost: 30 } })).toMatch(/of packets that pass 75% are lost, too many to tell/);
    expect(words({ fragmentBytes: 1396 })).toMatch(
      /1400 octets pass whole; larger packets arrive in fragments of up to 1396/,
    );
    expect(words({ state: 'unfinished' })).toBe('the search ended early: 1400 octets pass, of at most 1400');
    expect(words({ state: 'unfinished', failed: null })).toMatch(/of at most 1500$/);
    expect(words({ state: 'unfinished', passed: null })).toBe('the search ended before anything was answered');
  });

  test('silence, with what a router or this host says of it', () => {
    const silent = {
      ...OUTCOME,
      state: 'silent',
      passed: null,
      failed: null,
      answers: 0,
      loss: { sent: 0, lost: 0 },
    } as const;
    const notes = { unreachable: null, sendError: null };
    const of = (changes: object) => describeDirection('forward', silent, null, { ...notes, ...changes });
    expect(of({}).words).toBe('nothing was answered, not even 80 octets');
    expect(of({ unreachable: { reason: 'host unreachable', from: '10.0.0.2' } }).words).toMatch(
      /: 10\.0\.0\.2 says host unreachable$/,
    );
    expect(of({ sendError: 'ENETUNREACH' }).words).toMatch(/: this host sends nothing there \(ENETUNREACH\)$/);
    expect(of({})).toMatchObject({ path_mtu_bytes: null, failed_bytes: null, loss_ratio: null, verdict: 'no-answer' });
  });
});
