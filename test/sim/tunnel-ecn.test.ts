/** Congestion marks through a tunnel: RFC 6040 at both ends, as in RFC 3168 §5 for what they mean. */
import { describe, expect, test } from 'vitest';
import { readEcn } from '../../src/wire/ip.ts';
import { type EndOptions, TunnelWorld } from '../support/tunnel-link.ts';

const [NOT_ECT, ECT_1, ECT_0, CE] = [0, 1, 2, 3];
const FAMILIES: readonly (readonly [string, EndOptions, EndOptions])[] = [
  ['IPv4', {}, {}],
  ['IPv6', { inner: 'fd00::1' }, { inner: 'fd00::2' }],
];

/** What comes out of a packet with one mark, on a path that makes another of it. */
function through(near: EndOptions, far: EndOptions, inner: number, onPath = (ecn: number) => ecn) {
  const pair = TunnelWorld.pair({ near, far });
  pair.near.send(pair.far);
  pair.world.settle();
  pair.world.onPath = onPath;
  pair.near.send(pair.far, 100, pair.near.inner, inner);
  pair.world.settle();
  const [, packet] = pair.far.received;
  return { ...pair, outer: pair.world.wire.at(-1)?.ecn, out: packet ? readEcn(packet.packet, 0) : null };
}

describe.each(FAMILIES)('a packet of %s', (_name, near, far) => {
  test.each([NOT_ECT, ECT_1, ECT_0, CE])('leaves with the mark that it has, and keeps it: %i', (mark) => {
    expect(through(near, far, mark)).toMatchObject({ outer: mark, out: mark });
  });

  test('that waits for a key leaves with its mark too', () => {
    const { world, near: from, far: to } = TunnelWorld.pair({ near, far });
    from.send(to, 100, from.inner, ECT_0);
    world.settle();
    expect(world.wire.map(({ kind, ecn }) => [kind, ecn])).toEqual([
      ['initiation', NOT_ECT],
      ['response', NOT_ECT],
      ['data', ECT_0],
    ]);
  });

  test.each([
    [ECT_0, CE, CE],
    [ECT_1, CE, CE],
    [CE, CE, CE],
    [ECT_0, ECT_1, ECT_1],
    [ECT_1, ECT_0, ECT_1],
    [ECT_0, NOT_ECT, ECT_0],
    [CE, NOT_ECT, CE],
    [NOT_ECT, ECT_0, NOT_ECT],
  ])('with mark %i that came under mark %i goes on with mark %i (RFC 6040 §4.2)', (inner, outer, out) => {
    expect(through(near, far, inner, () => outer).out).toBe(out);
  });

  test('that is marked CE and does not support ECN is dropped, and counts as received', () => {
    const { world, near: from, far: to, out } = through(near, far, NOT_ECT, () => CE);
    expect([out, to.count('congestion-marked')]).toEqual([null, 1]);
    expect(to.statusOf(from).rxBytes).toBe(world.seen(null, from).reduce((sum, { bytes }) => sum + bytes.length, 0));
  });
});
