import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdmissionQueue, shareOf } from '../../../src/session/admission.ts';

/** A queue in which addresses do not matter. */
function queueOf<Key>(maxActive: number, maxWaiting: number): AdmissionQueue<Key> {
  return new AdmissionQueue({ maxActive, maxWaiting, activeShare: maxActive, waitingShare: maxWaiting });
}

interface Arrival {
  readonly key: number;
  readonly address: string;
}

/** Arrays in order of arrival; who may move up is looked for from the start each time. */
class NaiveQueue {
  readonly in: Arrival[] = [];
  readonly waiting: Arrival[] = [];
  readonly #plan: ConstructorParameters<typeof AdmissionQueue>[0];

  constructor(plan: ConstructorParameters<typeof AdmissionQueue>[0]) {
    this.#plan = plan;
  }

  has(key: number): boolean {
    return [...this.in, ...this.waiting].some((one) => one.key === key);
  }

  enter(arrival: Arrival): string {
    if (this.#fits(arrival)) {
      this.in.push(arrival);
      return 'admitted';
    }
    const waiting = this.waiting.filter(({ address }) => address === arrival.address);
    if (this.waiting.length >= this.#plan.maxWaiting || waiting.length >= this.#plan.waitingShare) return 'full';
    return `queued ${this.waiting.push(arrival)}`;
  }

  leave(key: number): number | undefined {
    for (const list of [this.in, this.waiting]) {
      const at = list.findIndex((one) => one.key === key);
      if (at >= 0) list.splice(at, 1);
    }
    const at = this.waiting.findIndex((one) => this.#fits(one));
    if (at < 0) return undefined;
    const [next] = this.waiting.splice(at, 1);
    if (next) this.in.push(next);
    return next?.key;
  }

  #fits({ address }: Arrival): boolean {
    const same = this.in.filter((one) => one.address === address);
    return this.in.length < this.#plan.maxActive && same.length < this.#plan.activeShare;
  }
}

describe('AdmissionQueue', () => {
  test('admits, queues with places, refuses, and moves up', () => {
    const queue = queueOf<string>(1, 2);
    expect(queue.enter('a', 'here')).toEqual({ tag: 'admitted' });
    expect(queue.enter('b', 'here')).toEqual({ tag: 'queued', place: 1 });
    expect(queue.enter('c', 'here')).toEqual({ tag: 'queued', place: 2 });
    expect(queue.enter('d', 'here')).toEqual({ tag: 'full' });
    expect(queue.leave('d')).toBeUndefined();
    expect([queue.active, [...queue.waiting]]).toEqual([1, ['b', 'c']]);
    expect(queue.leave('b'), 'who gives up waiting admits nobody').toBeUndefined();
    expect(queue.leave('a')).toBe('c');
    expect([queue.active, [...queue.waiting]]).toEqual([1, []]);
    expect(queue.leave('c')).toBeUndefined();
    expect(queue.active).toBe(0);
  });

  test('takes no longer to leave if many wait', () => {
    const queue = queueOf<number>(1, 100_000);
    for (let key = 0; key <= 100_000; key++) queue.enter(key, 'here');
    const begun = performance.now();
    for (let key = 100_000; key >= 0; key--) queue.leave(key);
    // With a look at each that waits these are 5 * 10^9 steps.
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  test('leaving twice frees one place only', () => {
    const queue = queueOf<string>(1, 4);
    for (const key of ['a', 'b', 'c']) queue.enter(key, 'here');
    expect(queue.leave('a')).toBe('b');
    expect(queue.leave('a')).toBeUndefined();
    expect([queue.active, [...queue.waiting]]).toEqual([1, ['c']]);
  });

  test('one address does not get both of two places, and does not block others', () => {
    const queue = new AdmissionQueue<string>({ maxActive: 2, maxWaiting: 4, activeShare: 1, waitingShare: 2 });
    expect(queue.enter('a1', 'a')).toEqual({ tag: 'admitted' });
    expect(queue.enter('a2', 'a')).toEqual({ tag: 'queued', place: 1 });
    expect(queue.enter('a3', 'a')).toEqual({ tag: 'queued', place: 2 });
    expect(queue.enter('a4', 'a'), 'nor all of the queue').toEqual({ tag: 'full' });
    expect(queue.enter('b1', 'b')).toEqual({ tag: 'admitted' });
    expect(queue.enter('c1', 'c')).toEqual({ tag: 'queued', place: 3 });
    expect(queue.leave('b1'), 'passes over who has its share').toBe('c1');
    expect(queue.leave('a1')).toBe('a2');
    expect(queue.leave('c1')).toBeUndefined();
  });

  test('agrees with a model that keeps arrays in order of arrival', () => {
    const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(12), fc.constantFrom('a', 'b', 'c')), { maxLength: 60 });
    const plans = fc.record({
      maxActive: fc.integer({ min: 1, max: 4 }),
      maxWaiting: fc.nat(4),
      activeShare: fc.integer({ min: 1, max: 4 }),
      waitingShare: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(plans, moves, (plan, steps) => {
        const queue = new AdmissionQueue<number>(plan);
        const naive = new NaiveQueue(plan);
        for (const [enters, key, address] of steps) {
          // A session enters once.
          if (enters && naive.has(key)) continue;
          if (enters) {
            const answer = queue.enter(key, address);
            const told = answer.tag === 'queued' ? `queued ${answer.place}` : answer.tag;
            expect(told).toBe(naive.enter({ key, address }));
          } else expect(queue.leave(key)).toBe(naive.leave(key));
          expect(queue.active).toBe(naive.in.length);
          expect([...queue.waiting]).toEqual(naive.waiting.map((one) => one.key));
          expect(queue.waitingCount).toBe(naive.waiting.length);
        }
      }),
    );
  });
});

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [64, 32],
])('shareOf() %d places is %d: one address takes all only where there is one', (places, share) => {
  expect(shareOf(places)).toBe(share);
});
