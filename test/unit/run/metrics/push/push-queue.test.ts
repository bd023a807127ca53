/** The queue of pushes, with an endpoint and a clock that are made up: its bounds do not depend on time. */
import { describe, expect, test } from 'vitest';
import type { PushAnswer } from '../../../../../src/metrics/encoding/push-answer.ts';
import type { PostRequest } from '../../../../../src/run/metrics/push/post.ts';
import { LONGEST_MS, MOST_WAITING, PushQueue } from '../../../../../src/run/metrics/push/push-queue.ts';

type Say = Partial<PushAnswer> | Error;

/** A world whose endpoint answers what it is told to, the last of it for ever. */
function world(...answers: readonly Say[]) {
  let now = 0;
  const bodies: string[] = [];
  const waits: number[] = [];
  const queue = new PushQueue({
    post: async ({ body }) => {
      const said = answers[Math.min(bodies.length, answers.length - 1)] ?? {};
      bodies.push(body);
      now += 1e6;
      if (said instanceof Error) throw said;
      return { status: 200, retryAfterMs: null, location: null, body: '', ...said };
    },
    now: () => now,
    wait: async (ms, signal) => {
      // The wait for what is under way never ends first.
      if (ms === LONGEST_MS) return new Promise(() => {});
      waits.push(ms);
      if (!signal.aborted) now += ms * 1e6;
    },
    limit: () => new AbortController().signal,
  });
  return { queue, bodies, waits, now: () => now };
}

const request = (body: string): PostRequest => ({ url: 'http://h/', headers: {}, body });
const never = new AbortController().signal;
const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });

describe('PushQueue', () => {
  test('sends in order, and says nothing when all was taken', async () => {
    const { queue, bodies } = world({});
    for (const body of ['a', 'b', 'c']) queue.add(request(body));
    expect(await queue.finish(never)).toBeNull();
    expect(bodies).toEqual(['a', 'b', 'c']);
  });

  test('tries again with waits that double, and then says why', async () => {
    const { queue, bodies, waits, now } = world(refused);
    queue.add(request('a'));
    expect(await queue.finish(never)).toBe('not delivered: ECONNREFUSED');
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    expect(bodies).toHaveLength(6);
    expect(now() / 1e6).toBeLessThan(LONGEST_MS);
  });

  test('an endpoint that is there again gets all of it', async () => {
    const { queue, bodies } = world(refused, refused, { status: 503 }, {});
    queue.add(request('a'));
    queue.add(request('b'));
    expect(await queue.finish(never)).toBeNull();
    expect(bodies.filter((body) => body === 'b')).toHaveLength(1);
  });

  test('what is refused is not tried again, and does not keep the others', async () => {
    const { queue, bodies } = world({ status: 400, body: 'bad' }, {});
    queue.add(request('a'));
    queue.add(request('b'));
    expect(await queue.finish(never)).toBe('1 of 2 not delivered: HTTP 400: bad');
    expect(bodies).toEqual(['a', 'b']);
  });

  test('Retry-After is kept within the time, and ends it beyond', async () => {
    const soon = world({ status: 429, retryAfterMs: 3000 }, { status: 429, retryAfterMs: 3000 }, {});
    soon.queue.add(request('a'));
    expect(await soon.queue.finish(never)).toBeNull();
    expect(soon.waits).toEqual([3000]);
    const late = world({ status: 429, retryAfterMs: 1e12 });
    late.queue.add(request('a'));
    expect(await late.queue.finish(never)).toBe('not delivered: HTTP 429');
    expect(late.waits).toEqual([]);
  });

  test('keeps the newest of too many', async () => {
    const down = world(refused, ...Array.from({ length: 40 }, () => refused), {});
    for (let i = 0; i < 40; i++) {
      down.queue.add(request(String(i)));
      await new Promise(setImmediate);
    }
    expect(await down.queue.finish(never)).toBe(`${40 - MOST_WAITING} of 40 not delivered: ECONNREFUSED`);
    expect([...new Set(down.bodies.slice(41))]).toEqual(
      Array.from({ length: MOST_WAITING }, (_, i) => String(40 - MOST_WAITING + i)),
    );
  });

  test('what is taken but complained about is told', async () => {
    const { queue } = world({ body: '{"partialSuccess":{"rejectedDataPoints":1,"errorMessage":"old"}}' });
    queue.add(request('a'));
    expect(await queue.finish(never)).toBe('1 points were rejected: old');
  });

  test('a stop ends it at once', async () => {
    const stop = new AbortController();
    const { queue, bodies } = world(refused);
    queue.add(request('a'));
    stop.abort();
    expect(await queue.finish(stop.signal)).toBe('not delivered: stopped');
    expect(bodies).toHaveLength(1);
  });
});
