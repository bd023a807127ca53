/** `Inbound`: datagrams in batches, as a socket with UDP_GRO gives them. */
import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../../../src/core/shapes/tunnel-config.ts';
import { type DataPathPair, dataPathSession } from '../../../../support/data-path-pair.ts';
import { innerPacket } from '../../../../support/inner-packets.ts';
import { type End, prefixOf } from '../../../../support/tunnel-link.ts';
import {
  buildPacket,
  buildSuperPacket,
  type PacketPlan,
  PLAIN,
  planSegments,
} from '../../../tunnel/offload/packets.ts';

const SEGMENT = 1368;
const EVERYTHING = { allowedIps: [{ remove: false, prefix: prefixOf('0.0.0.0/0') }] };
const BULK: PacketPlan = { ...PLAIN, payload: Uint8Array.from({ length: 30 * SEGMENT }, (_, i) => (i * 31) & 0xff) };
const ELSEWHERE: Endpoint = { address: '203.0.113.9', port: 9999 };

/** Data messages from one end to the other that are on no wire: as many packets of 100 octets. */
function sealed(pair: DataPathPair, from: End, to: End, count: number): readonly Uint8Array[] {
  const { world } = pair;
  const { link } = world;
  world.link = () => [];
  const before = world.wire.length;
  for (let i = 0; i < count; i++) from.send(to);
  world.link = link;
  return world.wire.slice(before).map(({ bytes }) => bytes);
}

const flipped = (bytes: Uint8Array | undefined, at: number): Uint8Array =>
  bytes?.with(at, (bytes[at] ?? 0) ^ 1) ?? new Uint8Array();

describe.each(['near', 'far'] as const)('at the %s end', (side) => {
  const session = (change = {}) => {
    const pair = dataPathSession(1420, change);
    const [at, other] = side === 'near' ? [pair.near, pair.far] : [pair.far, pair.near];
    return { pair, at, other };
  };

  test('segments received as one message are written as one GSO packet, equal to the one sent', () => {
    const { pair, at, other } = session(EVERYTHING);
    other.driver.packets.queue(buildSuperPacket(BULK, SEGMENT));
    other.end.drain();
    pair.world.settle();
    expect(at.driver.datagrams.received).toEqual([30]);
    expect(at.driver.packets.written).toHaveLength(1);
    expect(at.end.received.map(({ packet }) => packet)).toEqual(planSegments(BULK, SEGMENT).map(buildPacket));
  });

  test('of a batch with a forged message in the middle, only that message is dropped', () => {
    const { pair, at, other } = session();
    const messages = sealed(pair, other.end, at.end, 20);
    for (const [i, bytes] of messages.entries()) at.end.arrive(i === 7 ? flipped(bytes, 40) : bytes, other.end.at);
    at.end.drain();
    expect(at.driver.datagrams.received).toEqual([20]);
    expect(at.end.receivedIds).toHaveLength(19);
    expect(at.end.statusOf(other.end).counts['bad-tag']).toBe(1);
  });

  test('of a batch with a replayed message in the middle, only that message is dropped', () => {
    const { pair, at, other } = session();
    const messages = sealed(pair, other.end, at.end, 20);
    for (const bytes of [...messages, ...messages.slice(3, 5), ...sealed(pair, other.end, at.end, 3)]) {
      at.end.arrive(bytes, other.end.at);
    }
    at.end.drain();
    expect(at.end.received).toHaveLength(23);
    expect(at.end.statusOf(other.end).counts.replayed).toBe(2);
  });

  test('a received batch may contain several kinds of messages, and messages of no session', () => {
    const { pair, at, other } = session();
    const [first, second, third] = sealed(pair, other.end, at.end, 3);
    const foreign = flipped(second, 4);
    const handshake = new Uint8Array(first?.length ?? 0);
    handshake[0] = 1;
    for (const bytes of [first, foreign, handshake, third]) at.end.arrive(bytes ?? handshake, other.end.at);
    at.end.drain();
    expect(at.driver.datagrams.received).toEqual([4]);
    expect(at.end.received).toHaveLength(2);
    expect([at.end.count('unknown-index'), at.end.count('not-wireguard')]).toEqual([1, 1]);
  });

  test('a keepalive at the end of a batch is counted, and later packets are delivered', () => {
    const { pair, at, other } = session();
    const messages = sealed(pair, other.end, at.end, 4);
    pair.world.link = () => [];
    other.end.configure({ peers: [{ publicKey: at.end.publicKey, persistentKeepaliveSeconds: 25 }] });
    const keepalive = pair.world.wire.at(-1);
    expect(keepalive?.kind).toBe('keepalive');
    for (const bytes of [...messages.slice(0, 2), keepalive?.bytes, ...messages.slice(2)]) {
      at.end.arrive(bytes ?? new Uint8Array(), other.end.at);
    }
    at.end.drain();
    expect(at.driver.datagrams.received).toEqual([3, 2]);
    expect(at.end.received).toHaveLength(4);
    expect(at.end.statusOf(other.end).counts['keepalive-received']).toBe(1);
  });

  test('a peer that roams within a batch is answered at its last endpoint', () => {
    const { pair, at, other } = session();
    const messages = sealed(pair, other.end, at.end, 4);
    for (const [i, bytes] of messages.entries()) at.end.arrive(bytes, i < 2 ? other.end.at : ELSEWHERE);
    at.end.drain();
    expect(at.end.received).toHaveLength(4);
    expect(at.end.told('roamed')).toMatchObject([{ from: other.end.at, to: ELSEWHERE }]);
    expect(at.end.statusOf(other.end).endpoint).toEqual(ELSEWHERE);
  });

  test('each packet gets the ECN mark of its datagram', () => {
    const { pair, at, other } = session();
    pair.world.link = () => [];
    const made = [0, 1, 2, 3].map((ecn) => {
      other.end.send(at.end, 100, other.end.inner, ecn);
      return pair.world.wire.at(-1)?.bytes ?? new Uint8Array();
    });
    for (const bytes of made) at.end.arrive(bytes, other.end.at, 3);
    at.end.drain();
    expect(at.end.statusOf(other.end).counts['congestion-marked']).toBe(1);
    expect(at.end.received.map(({ packet }) => (packet[1] ?? 0) & 3)).toEqual([3, 3, 3]);
  });

  test('an empty datagram is dropped and counted', () => {
    const { at, other } = session();
    at.end.take(new Uint8Array(0), other.end.at);
    expect([at.end.count('not-wireguard'), at.end.received.length]).toEqual([1, 0]);
  });

  test('a packet that the host refuses is counted, and the next one is written', () => {
    const { pair, at, other } = session();
    at.driver.packets.isFull = true;
    other.end.send(at.end);
    pair.world.settle();
    expect(at.end.count('device-full')).toBe(1);
    expect(at.end.told('dropped')).toMatchObject([{ reason: 'device-full', detail: 'EIO' }]);
    at.driver.packets.isFull = false;
    other.end.send(at.end);
    pair.world.settle();
    expect(at.end.received).toHaveLength(1);
  });
});

test.each([
  ['from where each is', null],
  ['from one place, as behind a NAT', ELSEWHERE],
])('packets of two peers in one batch are attributed to the right peer, %s', (_name, place) => {
  const { world, near, far } = dataPathSession();
  const third = world.add('third', { path: 'data-path' });
  near.end.knows(third);
  third.knows(near.end);
  third.up();
  third.send(near.end);
  world.settle();
  const before = near.end.received.length;
  near.end.events.length = 0;
  world.onArrival = (_, from) => place ?? from;
  for (let i = 0; i < 10; i++) for (const end of [far.end, third]) end.send(near.end);
  world.settle();
  expect(near.end.received).toHaveLength(before + 20);
  for (const peer of [far.end, third]) {
    expect(near.end.statusOf(peer).rxBytes, peer.name).toBe(peer.statusOf(near.end).txBytes);
    expect(near.end.statusOf(peer).endpoint, peer.name).toEqual(place ?? peer.at);
  }
  expect(near.end.told('roamed')).toHaveLength(place ? 2 : 0);
});

test('a packet from a source outside of AllowedIPs is counted with its address', () => {
  const { world, near, far } = dataPathSession();
  near.end.give(innerPacket({ from: '10.7.0.1', to: far.end.inner, bytes: 100, id: 1 }));
  world.settle();
  expect(far.end.received).toEqual([]);
  expect(far.end.told('dropped')).toMatchObject([{ reason: 'source-not-allowed', detail: '10.7.0.1' }]);
});
