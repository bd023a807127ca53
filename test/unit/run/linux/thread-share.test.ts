import { describe, expect, test } from 'vitest';
import { ThreadShare } from '../../../../src/run/linux/thread-share.ts';

describe('ThreadShare', () => {
  // A thread that never rests, on which each look at a clock takes 100 µs itself: no time of the processor is beyond the
  // time that passed, however short it is.
  test.each([0, 1, 50e3, 1e6, 1e9])('is nearly 1 and never more for a thread that always runs, in %d ns', (ns) => {
    let at = 5e9;
    const look = (offset: number) => () => {
      at += 100e3;
      return at - offset;
    };
    const share = new ThreadShare({ threadTime: look(3e9), waitTime: () => null }, look(0));
    share.begin();
    at += ns;
    expect(share.use().thread_ratio).toBeLessThanOrEqual(1);
    expect(share.use().thread_ratio).toBeGreaterThan(0.3);
  });

  test('is processor time, and time waiting for a processor, divided by elapsed time', () => {
    let [used, waited, now] = [7e9, 3e9, 100e9];
    const share = new ThreadShare({ threadTime: () => used, waitTime: () => waited }, () => now);
    expect(share.use().thread_ratio).toBeNull();
    share.begin();
    expect(share.use().thread_ratio).toBeNull();
    used += 0.25e9;
    waited += 0.5e9;
    now += 1e9;
    expect(share.use()).toEqual({ thread_ratio: 0.25, wait_ratio: 0.5 });
  });

  test.each([
    [null, 5e9],
    [5e9, null],
  ])('is null if the time of the thread is missing at one end (%j, %j)', (...times) => {
    let now = 0;
    const share = new ThreadShare({ threadTime: () => times.shift() ?? null, waitTime: () => null }, () => now);
    share.begin();
    now += 1e9;
    expect(share.use()).toEqual({ thread_ratio: null, wait_ratio: null });
  });

  test('the wait is null where the kernel does not report it', () => {
    let now = 0;
    const share = new ThreadShare({ threadTime: () => 0, waitTime: () => null }, () => now);
    share.begin();
    now += 1e9;
    expect(share.use()).toEqual({ thread_ratio: 0, wait_ratio: null });
  });
});
