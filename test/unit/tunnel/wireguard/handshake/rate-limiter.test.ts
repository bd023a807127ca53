import { describe, expect, test } from 'vitest';
import { NS_PER_MS, NS_PER_S } from '../../../../../src/core/time.ts';
import { RateLimiter } from '../../../../../src/tunnel/wireguard/handshake/rate-limiter.ts';

const MAX_SOURCES = 8192;
const v4 = (n: number): string => `10.${n >>> 16}.${(n >>> 8) & 255}.${n & 255}`;

/** Milliseconds to wait before each question, and the answer (wireguard-go, ratelimiter_test.go). */
const STEPS: readonly (readonly [number, boolean])[] = [
  [0, true],
  [0, true],
  [0, true],
  [0, true],
  [0, true],
  [0, false],
  [50, true],
  [0, false],
  [100, true],
  [0, true],
  [0, false],
];

const ADDRESSES = [
  '127.0.0.1',
  '192.168.1.1',
  '172.167.2.3',
  '97.231.252.215',
  '248.97.91.167',
  '188.208.233.47',
  '104.2.183.179',
  '72.129.46.120',
  '2001:0db8:0a0b:12f0::1',
  'f5c2:818f:c052:655a:9860:b136:6894:25f0',
  'b2d7:15ab:48a7:b07c:a541:f144:a9fe:54fc',
  'a47b:786e:1671:a22b:d6f9:4ab0:abc7:c918',
  'ea1e:d155:7f7a:98fb:2bf5:9483:80f6:5445',
  '3f0e:54a2:f5b4:cd19:a21d:58e1:3746:84c4',
];

describe('allow()', () => {
  test('gives each address a burst of 5 and one more every 50 ms, whatever the others do', () => {
    const limiter = new RateLimiter();
    let now = 0;
    for (const [i, [wait, expected]] of STEPS.entries()) {
      now += wait * NS_PER_MS;
      for (const address of ADDRESSES) expect(limiter.allow(address, now), `step ${i}, ${address}`).toBe(expected);
    }
    expect(limiter.sources).toBe(ADDRESSES.length);
  });

  test('has the next at 50 ms and not a nanosecond before', () => {
    const limiter = new RateLimiter();
    for (let i = 0; i < 5; i++) limiter.allow('192.0.2.1', 0);
    expect(limiter.allow('192.0.2.1', 50 * NS_PER_MS - 1)).toBe(false);
    expect(limiter.allow('192.0.2.1', 50 * NS_PER_MS)).toBe(true);
  });

  test('lets 20 a second pass of one who never stops', () => {
    const limiter = new RateLimiter();
    let passed = 0;
    for (let ms = 0; ms < 10_000; ms++) if (limiter.allow('192.0.2.1', ms * NS_PER_MS)) passed++;
    expect(passed).toBe(5 + 199);
  });

  test('saves up no more than a burst', () => {
    const limiter = new RateLimiter();
    limiter.allow('192.0.2.1', 0);
    const answers = Array.from({ length: 7 }, () => limiter.allow('192.0.2.1', 3600 * NS_PER_S));
    expect(answers).toEqual([true, true, true, true, true, false, false]);
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8:1:2::1', '2001:db8:0001:0002:0::9', true],
    ['fe80::1%2', 'fe80::2%3', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1', '::192.0.2.1', false],
  ])('of %s and %s: that they are one source is %s (an IPv6 source is its /64)', (one, other, same) => {
    const limiter = new RateLimiter();
    for (let i = 0; i < 5; i++) limiter.allow(one, 0);
    expect(limiter.allow(other, 0)).toBe(!same);
    expect(limiter.sources).toBe(same ? 1 : 2);
  });

  test('refuses new sources when the table is full, and goes on with those in it', () => {
    const limiter = new RateLimiter();
    for (let n = 0; n < MAX_SOURCES; n++) expect(limiter.allow(v4(n), 0)).toBe(true);
    expect(limiter.allow(v4(MAX_SOURCES), NS_PER_S - 1)).toBe(false);
    expect(limiter.allow(v4(0), NS_PER_S - 1)).toBe(true);
    expect(limiter.sources).toBe(MAX_SOURCES);
  });

  test('forgets sources that were silent for a second when it needs room, and only those', () => {
    const limiter = new RateLimiter();
    for (let n = 0; n < MAX_SOURCES; n++) limiter.allow(v4(n), 0);
    for (let n = 0; n < 6; n++) limiter.allow(v4(7), NS_PER_S / 2);
    expect(limiter.allow(v4(MAX_SOURCES), NS_PER_S)).toBe(true);
    expect(limiter.sources).toBe(2);
    // 500 ms after its burst was used up, 7 has 10 tokens' time behind it, but only a burst.
    expect(Array.from({ length: 6 }, () => limiter.allow(v4(7), NS_PER_S))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
