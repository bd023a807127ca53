import { describe, expect, test } from 'vitest';
import { VanishingHop, type VanishingPlace } from '../../../../src/path/mtu/vanishing-hop.ts';

const MS = 1e6;
const SPEC = { small: 80, large: 1401, maxHops: 30, timeoutNs: 300 * MS };

interface Chain {
  /** Routers; the target is behind them. */
  readonly routers: number;
  /** Large packets reach this hop, and vanish on the link behind it. */
  readonly narrowBehind: number;
  readonly silent?: readonly number[];
  /** Whether the target answers. */
  readonly answers?: boolean;
}

/** Plays the search over a chain of routers. */
function play({ routers, narrowBehind, silent = [], answers = true }: Chain): {
  readonly place: VanishingPlace | null;
  readonly elapsedNs: number;
  readonly sent: number;
} {
  const search = new VanishingHop(SPEC);
  let now = 0;
  let sent = 0;
  search.begin(now);
  for (;;) {
    for (let probe = search.pollTransmit(); probe; probe = search.pollTransmit()) {
      sent++;
      const { id, size, ttl } = probe;
      const reach = size === SPEC.small ? routers + 1 : narrowBehind;
      if (ttl > routers && reach > routers && answers) search.handleReached(id, '198.51.100.1');
      else if (ttl <= Math.min(reach, routers) && !silent.includes(ttl)) search.handleExceeded(id, `192.0.2.${ttl}`);
    }
    const next = search.pollTimeout();
    if (next === undefined) break;
    expect(next).toBeGreaterThan(now);
    now = next;
    search.handleTimeout(now);
  }
  return { place: search.place, elapsedNs: now, sent };
}

describe('VanishingHop', () => {
  test.each([1, 2, 5, 7])('a narrow link behind hop %i of eight', (narrowBehind) => {
    const { place, elapsedNs } = play({ routers: 8, narrowBehind });
    expect(place).toEqual({
      after: { ttl: narrowBehind, address: `192.0.2.${narrowBehind}` },
      before: { ttl: narrowBehind + 1, address: `192.0.2.${narrowBehind + 1}` },
    });
    expect(elapsedNs).toBeLessThan(1000 * MS);
  });

  test('the link before the target, and the first link', () => {
    expect(play({ routers: 8, narrowBehind: 8 }).place?.before).toEqual({ ttl: 9, address: '198.51.100.1' });
    expect(play({ routers: 2, narrowBehind: 0 }).place).toEqual({
      after: { ttl: 0, address: null },
      before: { ttl: 1, address: '192.0.2.1' },
    });
  });

  test('routers that never answer leave a range', () => {
    expect(play({ routers: 8, narrowBehind: 4, silent: [4, 5] }).place).toMatchObject({
      after: { ttl: 3 },
      before: { ttl: 6 },
    });
  });

  test('nothing is claimed where nothing tells it', () => {
    expect(play({ routers: 8, narrowBehind: 9 }).place, 'large packets arrive').toBeNull();
    expect(play({ routers: 8, narrowBehind: 4, answers: false }).place, 'the target is silent').toBeNull();
  });

  test('no router gets more than four probes that it has to answer', () => {
    expect(play({ routers: 2, narrowBehind: 1, silent: [1, 2] }).sent).toBeLessThanOrEqual(2 * 30 + 4 * 3);
  });

  test('numbers that were not sent change nothing', () => {
    const search = new VanishingHop(SPEC);
    search.begin(0);
    search.handleExceeded(999, '192.0.2.1');
    search.handleReached(-1, '192.0.2.1');
    expect([search.place, search.isOver]).toEqual([null, false]);
  });
});
