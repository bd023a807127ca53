import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/core/shapes/tunnel-config.ts';
import { NS_PER_MS } from '../../src/core/time.ts';
import { publicIdentity } from '../../src/tunnel/wireguard/handshake/identity.ts';
import { type End, primitives, randomFrom, randomOctets, TunnelWorld } from '../support/tunnel-link.ts';

/** Datagrams of different sources that a turn takes (`RECEIVE_MESSAGES`), of which it works off four. */
const A_TURN = 8;
/** So many leave the queue of handshakes, of 1024, an eighth full, whatever a turn works off. */
const LOAD = 300;

/** Initiations of nobody: the first 116 octets are random, mac1 is right if `genuine`. */
function flood(to: End, count: number, genuine: boolean, seed = 9): readonly Uint8Array[] {
  const random = randomFrom(seed);
  const { mac1Key } = publicIdentity(primitives, to.publicKey);
  return Array.from({ length: count }, () => {
    const bytes = randomOctets(random, 148);
    bytes.set([1, 0, 0, 0]);
    bytes.fill(0, 132);
    if (genuine) bytes.set(primitives.mac(mac1Key, bytes.subarray(0, 116)), 116);
    return bytes;
  });
}

const source = (i: number): Endpoint => ({ address: `198.51.${(i >> 8) & 255}.${i & 255}`, port: 1024 + (i % 60_000) });

/** Fills the queue, so that the engine is under load for a second after it worked that off. */
function load(end: End): void {
  for (const [i, bytes] of flood(end, LOAD, false).entries()) end.arrive(bytes, source(i));
  end.drain();
}

describe('cookies under load (whitepaper §5.3)', () => {
  test('an initiator gets a cookie, tries again after 5 s with mac2, and is answered', () => {
    const { world, near, far } = TunnelWorld.pair();
    load(far);
    near.send(far);
    world.run(1);
    expect(world.wire.map(({ kind, bytes }) => `${kind} ${bytes.length}`)).toEqual([
      'initiation 148',
      'cookie-reply 64',
    ]);
    expect(near.told('cookie-received')).toHaveLength(1);
    world.run(3.9);
    load(far);
    world.run(0.5);
    const [first, second] = world.seen('initiation');
    expect(first?.bytes.subarray(132)).toEqual(new Uint8Array(16));
    expect(second?.bytes.subarray(132)).not.toEqual(new Uint8Array(16));
    expect(far.receivedIds).toEqual([0]);
    expect(far.told('under-load').length).toBe(2);
  });

  test('a cookie is used for 115 s, and answers the message it was made for only', () => {
    const { world, near, far } = TunnelWorld.pair();
    load(far);
    near.send(far);
    world.run(1);
    const [reply] = world.seen('cookie-reply');
    if (!reply) throw new Error('no cookie reply');
    near.take(reply.bytes, far.at);
    expect(near.count('bad-cookie'), 'one for each message').toBe(1);
    world.link = () => [];
    world.run(112);
    const marked = (): readonly boolean[] =>
      world.seen('initiation', near).map(({ bytes }) => bytes.subarray(132).some((octet) => octet !== 0));
    expect(marked().slice(1).every(Boolean)).toBe(true);
    world.run(5);
    near.send(far);
    world.run(1);
    expect(marked().at(-1)).toBe(false);
  });

  test('a cookie of another address is none: the sender gets its own', () => {
    const { world, near, far } = TunnelWorld.pair();
    load(far);
    near.send(far);
    world.run(4.95);
    near.at = { address: near.at.address, port: 7 };
    load(far);
    world.run(1);
    expect(world.seen('cookie-reply').map(({ to }) => to.port)).toEqual([51_821, 7]);
    expect(far.receivedIds).toEqual([]);
    load(far);
    world.run(4);
    load(far);
    world.run(2);
    expect(far.receivedIds, 'with the new one').toEqual([0]);
  });

  test('a cookie ends with the secret that it was made with, after 120 s', () => {
    const { world, near, far } = TunnelWorld.pair();
    load(far);
    near.send(far);
    world.run(4.9);
    load(far);
    world.run(0.5);
    const marked = world.seen('initiation').at(-1);
    if (!marked) throw new Error('no initiation');
    world.run(116);
    load(far);
    far.take(marked.bytes, near.at);
    expect(far.count('cookie-sent')).toBe(2);
    expect(far.count('old-timestamp'), 'it did not come that far').toBe(0);
  });

  test('a response needs a cookie as well where the initiator is under load', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    world.run(0.015);
    load(near);
    world.run(1);
    expect(world.wire.map(({ kind, by }) => `${by} ${kind}`)).toEqual([
      'near initiation',
      'far response',
      'near cookie-reply',
    ]);
    expect(far.count('cookie-received')).toBe(1);
    world.run(4.1);
    load(near);
    world.run(1);
    expect(far.receivedIds).toEqual([0]);
  });

  test('one source with a cookie has 5 messages at once and 20 a second', () => {
    const { world, near, far } = TunnelWorld.pair();
    load(far);
    near.send(far);
    world.run(4.9);
    load(far);
    world.run(0.5);
    const marked = world.seen('initiation').at(-1);
    if (!marked) throw new Error('no initiation');
    world.run(1.5);
    const accepted = (times: number): number => {
      load(far);
      const before = far.count('old-timestamp');
      for (let i = 0; i < times; i++) far.take(marked.bytes, near.at);
      return far.count('old-timestamp') - before;
    };
    expect(accepted(20)).toBe(5);
    world.run(0.1);
    expect(accepted(20)).toBe(2);
    expect(far.count('rate-limited')).toBe(15 + 18);
  });

  test('nothing is answered whose mac1 is wrong, under load or not', () => {
    const { world, far } = TunnelWorld.pair();
    load(far);
    for (const bytes of flood(far, 50, false, 4)) far.take(bytes, source(1));
    expect(world.wire).toEqual([]);
    expect(far.count('bad-mac1')).toBe(LOAD + 50);
  });

  test('without load mac1 is enough, and there is no cookie', () => {
    const { world, far } = TunnelWorld.pair();
    for (const bytes of flood(far, 100, true)) far.take(bytes, source(1));
    expect(world.wire).toEqual([]);
    expect(far.count('not-for-us')).toBe(100);
  });

  test('load is over 1 s after the queue was long', () => {
    const { world, near, far } = TunnelWorld.pair();
    load(far);
    world.run(0.999);
    for (const bytes of flood(far, 1, true)) far.take(bytes, source(1));
    expect(far.count('cookie-sent')).toBe(1);
    load(far);
    world.run(1.001);
    near.send(far);
    world.settle();
    expect(far.receivedIds).toEqual([0]);
  });
});

describe.each([
  ['valid', true],
  ['wrong', false],
] as const)('a flood of 10,000 initiations with %s mac1', (_name, genuine) => {
  test('is bounded in memory and delays no packet of a session', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    world.settle();
    world.run(6);
    const messages = flood(far, 10_000, genuine);
    const before = world.wire.length;
    // All that a turn takes, of which it works four off; the last of it is a packet of the session.
    for (let next = 0; next < messages.length; next += A_TURN - 1) {
      for (const [i, bytes] of messages.slice(next, next + A_TURN - 1).entries()) far.arrive(bytes, source(next + i));
      near.send(far);
      const data = world.wire.at(-1);
      if (data) far.arrive(data.bytes, near.at);
      const received = far.received.length;
      far.driver.turn();
      expect(far.received.length, `after ${next} messages`).toBe(received + 1);
    }
    expect(far.count('handshake-queue-full'), 'the queue has an end').toBeGreaterThan(3000);
    let workedOff = 0;
    for (; far.driver.isBusy; far.driver.turn()) workedOff += 4;
    expect(workedOff).toBeLessThanOrEqual(1024);
    const answers = world.wire.slice(before).filter(({ by }) => by === far.name);
    // Smaller than what asked for it, and never anything else.
    expect(new Set(answers.map(({ bytes }) => bytes.length))).toEqual(new Set(genuine ? [64] : []));
    expect(answers.length).toBeLessThan(10_000);
    // Neither did it take an index: the session and a new handshake work as before.
    world.run(200);
    near.send(far);
    world.settle();
    expect(world.wire.slice(-3).map(({ kind }) => kind)).toEqual(['initiation', 'response', 'data']);
  });

  test('lets a peer with a cookie in', () => {
    const { world, near, far } = TunnelWorld.pair();
    const messages = flood(far, 4000, genuine);
    let next = 0;
    const more = (count: number): void => {
      for (let i = 0; i < count; i++, next++) {
        far.arrive(messages[next] ?? new Uint8Array(), source(next));
      }
    };
    more(200);
    near.send(far);
    for (let i = 0; i < 120; i++) {
      world.run(0.05);
      more(20);
      if (i % 10 === 0) more(150);
    }
    world.link = () => [NS_PER_MS];
    world.run(1);
    expect(far.receivedIds).toEqual([0]);
  });
});
