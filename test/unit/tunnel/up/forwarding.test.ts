import { describe, expect, test } from 'vitest';
import { type FamilySample, type ForwardingSample, ForwardingWatch } from '../../../../src/tunnel/up/forwarding.ts';

const family = (undelivered: number, forwarded: number, forwards = false): FamilySample => ({
  forwards,
  undelivered,
  forwarded,
});
const sample = (outOfTunnel: number, ip4: FamilySample, more: Partial<ForwardingSample> = {}): ForwardingSample => ({
  outOfTunnel,
  intoTunnel: 0,
  ip4,
  ip6: null,
  ...more,
});
const told = (...samples: readonly ForwardingSample[]) => {
  const watch = new ForwardingWatch();
  return samples.map((each) => watch.handle(each));
};

describe('ForwardingWatch', () => {
  test('reports once that packets for other hosts are not forwarded', () => {
    expect(told(sample(0, family(7, 0)), sample(5, family(12, 0)), sample(9, family(16, 0)))).toEqual([
      [],
      [{ tag: 'not-forwarding', family: 4, packets: 5 }],
      [],
    ]);
  });

  test('counts no more packets than came out of the tunnel: other devices have such packets too', () => {
    expect(told(sample(0, family(0, 0)), sample(2, family(50, 0)))[1]).toEqual([
      { tag: 'not-forwarding', family: 4, packets: 2 },
    ]);
    expect(told(sample(2, family(0, 0)), sample(2, family(50, 0)))[1]).toEqual([]);
  });

  test('reports it again after forwarding was on in between', () => {
    const samples = [
      sample(0, family(0, 0)),
      sample(1, family(1, 0)),
      sample(2, family(1, 0, true), { intoTunnel: 1 }),
      sample(3, family(2, 0)),
    ];
    expect(told(...samples).map(({ length }) => length)).toEqual([0, 1, 0, 1]);
  });

  test('reports nothing for a host that forwards, whatever its error counters', () => {
    expect(told(sample(0, family(0, 0, true)), sample(5, family(5, 0, true)))[1]).toEqual([]);
  });

  test('knows IPv6 by itself', () => {
    const ip6 = (undelivered: number) => ({ ip6: family(undelivered, 0) });
    expect(told(sample(0, family(0, 0), ip6(3)), sample(4, family(0, 0), ip6(7)))[1]).toEqual([
      { tag: 'not-forwarding', family: 6, packets: 4 },
    ]);
  });

  test('reports missing answers after three samples, and not if there was an answer in between', () => {
    const on = (forwarded: number) => family(0, forwarded, true);
    expect(
      told(sample(0, on(0)), sample(2, on(2)), sample(4, on(4)), sample(6, on(6)), sample(8, on(8))).map(
        ([first]) => first ?? null,
      ),
    ).toEqual([null, null, null, { tag: 'no-answers', packets: 6 }, null]);
    const answered = sample(4, on(4), { intoTunnel: 1 });
    const later = [sample(6, on(6), { intoTunnel: 1 }), sample(8, on(8), { intoTunnel: 1 })];
    expect(told(sample(0, on(0)), sample(2, on(2)), answered, ...later).flat()).toEqual([]);
  });

  test('ignores samples without packets', () => {
    const on = family(0, 2, true);
    expect(told(sample(0, family(0, 0, true)), ...Array(9).fill(sample(2, on))).flat()).toEqual([]);
  });

  test('ignores unknown counters', () => {
    const blind = { intoTunnel: 0, ip4: null, ip6: null };
    expect(told({ ...blind, outOfTunnel: 0 }, { ...blind, outOfTunnel: 9 }).flat()).toEqual([]);
  });
});
