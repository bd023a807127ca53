import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdmissionQueue } from '../../../src/session/admission.ts';

/** One array of everybody in order of arrival: the first `maxActive` are in. */
class NaiveQueue {
  readonly everybody: number[] = [];
  readonly #maxActive: number;
  readonly #room: number;

  constructor(maxActive: number, maxWaiting: number) {
    this.#maxActive = maxActive;
    this.#room = maxActive + maxWaiting;
  }

  get in(): readonly number[] {
    return this.everybody.slice(0, this.#maxActive);
  }

  get waiting(): readonly number[] {
    return this.everybody.slice(this.#maxActive);
  }

  enter(key: number): string {
    if (this.everybody.length >= this.#room) return 'full';
    this.everybody.push(key);
    return this.everybody.length <= this.#maxActive ? 'admitted' : `queued ${this.waiting.length}`;
  }

  leave(key: number): number | undefined {
    const before = this.in;
    const at = this.everybody.indexOf(key);
    if (at < 0) return undefined;
    this.everybody.splice(at, 1);
    return this.in.find((one) => !before.includes(one));
  }
}

const told = (queue: AdmissionQueue<number>, key: number): string => {
  const answer = queue.enter(key);
  return answer.tag === 'queued' ? `queued ${answer.place}` : answer.tag;
};

describe('AdmissionQueue', () => {
  test('lets in, queues with places, refuses, and moves up', () => {
    const queue = new AdmissionQueue<string>(1, 2);
    expect(queue.enter('a')).toEqual({ tag: 'admitted' });
    expect(queue.enter('b')).toEqual({ tag: 'queued', place: 1 });
    expect(queue.enter('c')).toEqual({ tag: 'queued', place: 2 });
    expect(queue.enter('d')).toEqual({ tag: 'full' });
    expect(queue.leave('d')).toBeUndefined();
    expect([queue.active, [...queue.waiting]]).toEqual([1, ['b', 'c']]);
    expect(queue.leave('b'), 'who gives up waiting admits nobody').toBeUndefined();
    expect(queue.leave('a')).toBe('c');
    expect([queue.active, [...queue.waiting]]).toEqual([1, []]);
    expect(queue.leave('c')).toBeUndefined();
    expect(queue.active).toBe(0);
  });

  test('takes no longer for one that leaves where many wait', () => {
    const queue = new AdmissionQueue<number>(1, 100_000);
    for (let key = 0; key <= 100_000; key++) queue.enter(key);
    const begun = performance.now();
    for (let key = 100_000; key >= 0; key--) queue.leave(key);
    // With a look at each that waits these are 5 * 10^9 steps.
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  test('leaving twice frees one place only', () => {
    const queue = new AdmissionQueue<string>(1, 4);
    for (const key of ['a', 'b', 'c']) queue.enter(key);
    expect(queue.leave('a')).toBe('b');
    expect(queue.leave('a')).toBeUndefined();
    expect([queue.active, [...queue.waiting]]).toEqual([1, ['c']]);
  });

  test('agrees with an array of everybody in order of arrival', () => {
    const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(12)), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.nat(3), moves, (maxActive, maxWaiting, steps) => {
        const queue = new AdmissionQueue<number>(maxActive, maxWaiting);
        const naive = new NaiveQueue(maxActive, maxWaiting);
        for (const [enters, key] of steps) {
          // A session enters once.
          if (enters && naive.everybody.includes(key)) continue;
          if (enters) expect(told(queue, key)).toBe(naive.enter(key));
          else expect(queue.leave(key)).toBe(naive.leave(key));
          expect(queue.active).toBe(naive.in.length);
          expect([...queue.waiting]).toEqual(naive.waiting);
        }
      }),
    );
  });
});
