import { describe, expect, test } from 'vitest';
import { MtuAnswerer } from '../../../../src/path/mtu/mtu-answerer.ts';

const S = 1e9;
const ask = (answerBytes: number) => ({ sequence: 0, answerBytes });

describe('MtuAnswerer', () => {
  test('answers as long as it was asked, and at least 52 octets', () => {
    const answerer = new MtuAnswerer({ mostBytes: 1472, rateBps: 8000 });
    expect(answerer.answerTo(ask(0), 1472, 0)).toBe(52);
    expect(answerer.answerTo(ask(51), 60, 0)).toBe(52);
    expect(answerer.answerTo(ask(1472), 52, 0)).toBe(1472);
  });

  test('does not answer to who asks for more than was granted', () => {
    const answerer = new MtuAnswerer({ mostBytes: 1472, rateBps: 1e9 });
    expect(answerer.answerTo(ask(1473), 52, 0)).toBe(0);
    expect(answerer.answerTo(ask(65_535), 65_507, 0)).toBe(0);
  });

  test('all answers together keep to the rate and 32 KiB beyond what was received', () => {
    const answerer = new MtuAnswerer({ mostBytes: 1472, rateBps: 80_000 });
    let beyond = 0;
    for (let now = 0; now <= 10 * S; now += S / 1000) {
      const length = answerer.answerTo(ask(1472), 52, now);
      beyond += Math.max(0, length - 52);
      expect(beyond).toBeLessThanOrEqual(32 * 1024 + 1472 + (now / S) * 10_000);
    }
    expect(beyond, 'and that much is answered').toBeGreaterThan(100_000);
  });

  test('answers that are no longer than their probes are not bounded', () => {
    const answerer = new MtuAnswerer({ mostBytes: 1472, rateBps: 1 });
    for (let i = 0; i < 1000; i++) expect(answerer.answerTo(ask(1472), 1472, 0)).toBe(1472);
    for (let i = 0; i < 30; i++) answerer.answerTo(ask(1472), 52, 0);
    expect(answerer.answerTo(ask(1472), 52, 0)).toBe(0);
    expect(answerer.answerTo(ask(0), 52, 0)).toBe(52);
  });
});
