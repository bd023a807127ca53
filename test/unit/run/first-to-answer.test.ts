import { describe, expect, test } from 'vitest';
import { type Attempt, firstToAnswer, interleaved, NoAnswer } from '../../../src/run/client/connect/first-to-answer.ts';

const DEAD = '2001:db8::9';
const GOOD = '192.0.2.2';

/** Attempts by address, and which were begun and given up. */
function host(answers: Readonly<Record<string, Promise<string>>>) {
  const begun: string[] = [];
  const cancelled: string[] = [];
  const begin = (address: string): Attempt<string> => {
    begun.push(address);
    const answer = answers[address] ?? new Promise<string>(() => {});
    return { answer, cancel: () => void cancelled.push(address) };
  };
  return { begun, cancelled, begin };
}

describe('firstToAnswer()', () => {
  test('tries the next address in parallel, and uses the one that answers', async () => {
    const { begun, cancelled, begin } = host({ [GOOD]: Promise.resolve('good') });
    const found = await firstToAnswer([DEAD, GOOD], begin, 1);
    expect(found).toEqual({ value: 'good', address: GOOD, passed: [{ address: DEAD, error: null }] });
    expect([begun, cancelled]).toEqual([[DEAD, GOOD], [DEAD]]);
  });

  test('does not wait for the delay after a refused connection', async () => {
    const refusal = new Error('refused');
    const { begin } = host({ [DEAD]: Promise.reject(refusal), [GOOD]: Promise.resolve('good') });
    const found = await firstToAnswer([DEAD, GOOD], begin, 2 ** 30);
    expect(found.passed).toEqual([{ address: DEAD, error: refusal }]);
  });

  // Node's own autoSelectFamily fails here: it ends the first attempt when it begins the second.
  test('uses a slow first address after a second attempt was begun (RFC 8305 §5)', async () => {
    let answer = (_: string): void => {};
    const slow = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const { cancelled, begin } = host({ [DEAD]: slow });
    const found = await firstToAnswer(
      [DEAD, GOOD],
      (address) => {
        if (address === GOOD) answer('slow');
        return begin(address);
      },
      1,
    );
    expect([found.value, found.address, cancelled]).toEqual(['slow', DEAD, [GOOD]]);
  });

  test('begins no other attempt after an answer', async () => {
    const { begun, begin } = host({ [GOOD]: Promise.resolve('good') });
    await firstToAnswer([GOOD, DEAD], begin, 2 ** 30);
    expect(begun).toEqual([GOOD]);
  });

  test('closes a connection that was established too late', async () => {
    const both = host({ [DEAD]: Promise.resolve('a'), [GOOD]: Promise.resolve('b') });
    let later = (): void => {};
    const found = firstToAnswer(
      [DEAD, GOOD],
      (address) => {
        const attempt = both.begin(address);
        if (address === GOOD) return attempt;
        return { ...attempt, answer: new Promise((resolve) => (later = () => resolve('late'))) };
      },
      1,
    );
    expect((await found).address).toBe(GOOD);
    const before = both.cancelled.length;
    later();
    await new Promise(setImmediate);
    expect(both.cancelled.slice(before)).toEqual([DEAD]);
  });

  test('reports for each address why it failed', async () => {
    const [a, b] = [new Error('a'), new Error('b')];
    const { begin } = host({ [DEAD]: Promise.reject(a), [GOOD]: Promise.reject(b) });
    const failed = firstToAnswer([DEAD, GOOD], begin, 1);
    await expect(failed).rejects.toBeInstanceOf(NoAnswer);
    await expect(failed).rejects.toMatchObject({
      passed: [
        { address: DEAD, error: a },
        { address: GOOD, error: b },
      ],
    });
  });
});

test('interleaved() alternates between the families, the first one first (RFC 8305 §4)', () => {
  expect(interleaved(['::1', '::2', '::3', '10.0.0.1', '10.0.0.2'])).toEqual([
    '::1',
    '10.0.0.1',
    '::2',
    '10.0.0.2',
    '::3',
  ]);
  expect(interleaved(['10.0.0.1', '::1'])).toEqual(['10.0.0.1', '::1']);
  expect(interleaved([])).toEqual([]);
});
