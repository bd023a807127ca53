import { describe, expect, test } from 'vitest';
import { ThreadShare } from '../../../../src/run/linux/thread-share.ts';

describe('ThreadShare', () => {
  // A thread that never rests, on which each look at a clock takes 100 µs itself: no time of the processor is beyond the
  // time that passed, however short it is.
  test.each([0, 1, 50e3, 1e6, 1e9])('of a thread that always runs is near 1 and never more, in %d ns', (ns) => {
    let at = 5e9;
    const look = (offset: number) => () => {
      at += 100e3;
      return at - offset;
    };
    const share = new ThreadShare(look(3e9), look(0));
    share.begin();
    at += ns;
    expect(share.ratio()).toBeLessThanOrEqual(1);
    expect(share.ratio()).toBeGreaterThan(0.3);
  });

  test('is the processor time over the time that passed', () => {
    let [used, now] = [7e9, 100e9];
    const share = new ThreadShare(
      () => used,
      () => now,
    );
    expect(share.ratio()).toBeNull();
    share.begin();
    expect(share.ratio()).toBeNull();
    used += 0.25e9;
    now += 1e9;
    expect(share.ratio()).toBe(0.25);
  });
});
