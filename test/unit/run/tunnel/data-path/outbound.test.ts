/** `Outbound`: what a device hands over, made into datagrams. */
import { describe, expect, test } from 'vitest';
import {
  type DataPathEnd,
  type DataPathPair,
  dataPathPair,
  dataPathSession,
} from '../../../../support/data-path-pair.ts';
import { innerPacket } from '../../../../support/inner-packets.ts';
import { prefixOf } from '../../../../support/tunnel-link.ts';
import {
  buildPacket,
  buildSuperPacket,
  type PacketPlan,
  PLAIN,
  planSegments,
} from '../../../tunnel/offload/packets.ts';

const SEGMENT = 1368;
const EVERYTHING = { allowedIps: ['0.0.0.0/0', '::/0'].map((text) => ({ remove: false, prefix: prefixOf(text) })) };
/** 20 segments and a shorter one, to the inner address of the far end. */
const BULK: PacketPlan = {
  ...PLAIN,
  payload: Uint8Array.from({ length: 20 * SEGMENT + 100 }, (_, i) => (i * 31) & 0xff),
};
const V6: PacketPlan = {
  ...BULK,
  version: 6,
  addresses: Uint8Array.from({ length: 32 }, (_, i) => 0x20 + (i % 16)),
};
const octets = ({ end }: DataPathEnd): readonly string[] =>
  end.received.map(({ packet }) => Buffer.from(packet).toString('hex'));
const expected = (plan: PacketPlan): readonly string[] =>
  planSegments(plan, SEGMENT).map((segment) => Buffer.from(buildPacket(segment)).toString('hex'));

/** From which end, so that each goes both ways: without helpers, and the way that is gone with them. */
describe.each(['near', 'far'] as const)('from the %s end', (side) => {
  const ends = (pair: DataPathPair) =>
    (side === 'near' ? [pair.near, pair.far] : [pair.far, pair.near]) as [DataPathEnd, DataPathEnd];

  test.each<[string, PacketPlan]>([
    ['TCP over IPv4', BULK],
    ['UDP over IPv4', { ...BULK, protocol: 'udp', options: new Uint8Array(0) }],
    ['TCP over IPv6', V6],
    ['UDP over IPv6', { ...V6, protocol: 'udp', options: new Uint8Array(0) }],
  ])('a GSO packet of %s is sent as one message, and received as its segments', (_name, plan) => {
    const pair = dataPathSession(1420, EVERYTHING);
    const [from, to] = ends(pair);
    from.driver.packets.queue(buildSuperPacket(plan, SEGMENT));
    from.end.drain();
    pair.world.settle();
    expect(octets(to)).toEqual(expected(plan));
    expect(from.driver.datagrams.outgoing.sent).toEqual([21]);
    expect(to.driver.datagrams.received).toEqual([21]);
  });

  test('packets read in one turn keep their order, and are sent together except for the first', () => {
    const pair = dataPathSession();
    const [from, to] = ends(pair);
    const sent = Array.from({ length: 50 }, (_, id) => id);
    for (const id of sent) from.driver.packet(innerPacket({ from: from.end.inner, to: to.end.inner, bytes: 200, id }));
    from.end.drain();
    pair.world.settle();
    expect(to.end.receivedIds).toEqual(sent);
    expect(from.driver.datagrams.outgoing.sent).toEqual([1, 49]);
  });

  test('a GSO packet that waits for a key is delivered packet by packet, in order', () => {
    const pair = dataPathPair(1420, EVERYTHING);
    const [from, to] = ends(pair);
    from.driver.packets.queue(buildSuperPacket(BULK, SEGMENT));
    from.end.drain();
    pair.world.settle();
    expect(octets(to)).toEqual(expected(BULK));
  });
});

test('more packets than a batch holds are sent in several batches, and all are delivered', () => {
  const { world, near, far } = dataPathSession(1420, EVERYTHING);
  for (let i = 0; i < 30; i++) near.driver.packets.queue(buildSuperPacket(BULK, SEGMENT));
  near.end.drain();
  world.settle();
  expect(far.end.received).toHaveLength(30 * 21);
  expect(near.end.statusOf(far.end).txBytes).toBe(far.end.statusOf(near.end).rxBytes);
});

test('packets for two peers in turn are separate messages, and each peer gets its own in order', () => {
  const { world, near, far } = dataPathSession();
  const third = world.add('third', { path: 'data-path' });
  near.end.knows(third);
  third.knows(near.end);
  third.up();
  third.send(near.end);
  world.settle();
  const sent = Array.from({ length: 20 }, (_, i) => i);
  for (const id of sent) {
    const to = (id % 2 === 0 ? far.end : third).inner;
    near.driver.packet(innerPacket({ from: near.end.inner, to, bytes: 100, id }));
  }
  near.end.drain();
  world.settle();
  expect(far.end.receivedIds).toEqual(sent.filter((id) => id % 2 === 0));
  expect(third.receivedIds).toEqual(sent.filter((id) => id % 2 === 1));
  for (const peer of [far.end, third]) {
    expect(near.end.statusOf(peer).txBytes, peer.name).toBe(peer.statusOf(near.end).rxBytes);
  }
});

test.each([
  ['a virtio-net header and nothing else', (whole: Uint8Array) => whole.subarray(0, 10)],
  ['less than a header', (whole: Uint8Array) => whole.subarray(0, 9)],
  ['a segment size of 0', (whole: Uint8Array) => whole.with(4, 0).with(5, 0)],
  ['a type that there is not', (whole: Uint8Array) => whole.with(1, 9)],
])('is counted and dropped: %s', (_name, spoil) => {
  const { world, near, far } = dataPathSession(1420, EVERYTHING);
  near.driver.packets.queue(spoil(buildSuperPacket(BULK, SEGMENT)));
  near.end.drain();
  world.settle();
  expect(near.end.count('malformed-packet')).toBe(1);
  expect([world.wire, far.end.received]).toEqual([[], []]);
});

test('a packet too large for a datagram is counted, and the next one is sent', () => {
  const { world, near, far } = dataPathSession(65_535);
  for (const bytes of [65_535, 65_440]) near.end.send(far.end, bytes);
  world.settle();
  expect(near.end.statusOf(far.end).counts['path-mtu']).toBe(1);
  expect(far.end.received.map(({ packet }) => packet.length)).toEqual([65_440]);
});
