import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicIdentity } from '../../src/tunnel/wireguard/handshake/identity.ts';
import { type End, primitives, randomFrom, randomOctets, type Seen, TunnelWorld } from '../support/tunnel-link.ts';

const FROM = { address: '203.0.113.1', port: 4 };

/** A pair with a session, an initiation of a third that nobody answered, and all kinds of messages seen. */
function established(): { world: TunnelWorld; near: End; far: End } {
  const pair = TunnelWorld.pair();
  pair.near.send(pair.far);
  pair.world.settle();
  pair.far.send(pair.near);
  pair.world.run(30);
  return pair;
}

const { world, near, far } = established();
const captured = world.wire.map(({ bytes }) => bytes);
const { mac1Key } = publicIdentity(primitives, far.publicKey);

/** Any octets, or what was on the wire with some of it changed, cut or doubled. */
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc
    .tuple(fc.constantFrom(1, 2, 3, 4), fc.constantFrom(31, 32, 33, 63, 64, 65, 91, 92, 93, 147, 148, 149), fc.nat())
    .map(([type, length, seed]) => {
      const bytes = randomOctets(randomFrom(seed), length);
      bytes.set([type, 0, 0, 0]);
      return bytes;
    }),
  fc
    .tuple(
      fc.constantFrom(...captured),
      fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -40, max: 40 }),
    )
    .map(([original, flips, growth]) => {
      const bytes = new Uint8Array(Math.max(0, original.length + growth));
      bytes.set(original.subarray(0, bytes.length));
      for (const [at, mask] of flips) if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ mask;
      return bytes;
    }),
);

/** Whether both ends still hear each other under the key that they had. */
function expectAlive(): void {
  const before = [near.received.length, far.received.length];
  const began = world.seen('initiation').length;
  near.send(far);
  far.send(near);
  world.settle();
  expect([near.received.length, far.received.length]).toEqual(before.map((n) => n + 1));
  expect(world.seen('initiation')).toHaveLength(began);
}

describe('an established pair', () => {
  test('throws at no datagram, answers none, and stays established', () => {
    const endpoints = [near.statusOf(far).endpoint, far.statusOf(near).endpoint];
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 1, maxLength: 40 }), (bytes) => {
        const before = world.wire.length;
        for (const one of bytes) for (const end of [near, far]) end.take(one, FROM);
        expect(world.wire).toHaveLength(before);
      }),
      { numRuns: 150 },
    );
    expect([near.statusOf(far).endpoint, far.statusOf(near).endpoint]).toEqual(endpoints);
    expect(near.received.length + far.received.length).toBe(2);
    expectAlive();
  });

  test('under load answers only what has a valid mac1, and with a cookie reply alone', () => {
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 1, maxLength: 10 }), fc.boolean(), (bytes, genuine) => {
        const before = world.wire.length;
        for (let i = 0; i < 128; i++) far.arrive(captured[0] ?? new Uint8Array(), FROM);
        for (const one of bytes) far.arrive(genuine ? withMac1(one) : one, FROM);
        far.drain();
        const answers: readonly Seen[] = world.wire.slice(before);
        // The 128 are genuine: a replay gets a cookie too, which tells nothing that a mac1 does not.
        const rightful = 128 + bytes.filter((one) => genuine && isHandshake(one)).length;
        expect(answers.map(({ kind }) => kind)).toEqual(Array(answers.length).fill('cookie-reply'));
        expect(answers.length).toBe(rightful);
        world.run(2);
      }),
      { numRuns: 20 },
    );
    expectAlive();
  });

  test('throws at no packet that is to leave, and sends only what is a whole one for a peer', () => {
    const head = fc.constantFrom([], [0x45], [0x45, 0, 0, 20], [0x46, 0, 0, 24], [0x60], [0x60, 0, 0, 0, 0, 0]);
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 1500 }), (start, rest) => {
        const before = world.wire.length;
        near.give(Uint8Array.of(...start, ...rest));
        expect(world.wire).toHaveLength(before);
      }),
      { numRuns: 500 },
    );
    expectAlive();
  });

  test('a packet passes as long as a datagram can carry it', () => {
    near.mtu = 0;
    for (const bytes of [65_535, 65_441]) near.send(far, bytes);
    expect(near.count('path-mtu')).toBe(2);
    near.send(far, 65_440);
    world.settle();
    // A length of 16 bits, less 40 octets of IPv6 and 8 of UDP, and as many times 16 octets inside as fit (§5.4.6).
    expect(world.wire.at(-1)?.bytes.length).toBe(65_472);
    expect(far.received.at(-1)?.packet.length).toBe(65_440);
    expectAlive();
  });
});

test('an end that waits for a response survives anything in its place', () => {
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 30 }), (bytes) => {
      const pair = TunnelWorld.pair();
      pair.world.link = ({ kind }) => (kind === 'response' ? [2e7] : [1e7]);
      pair.near.send(pair.far);
      pair.world.run(0.015);
      for (const one of bytes) pair.near.take(one, FROM);
      pair.world.settle();
      expect(pair.far.receivedIds).toEqual([0]);
    }),
    { numRuns: 30 },
  );
});

function isHandshake(bytes: Uint8Array): boolean {
  const [type, ...reserved] = bytes.subarray(0, 4);
  return (
    reserved.every((octet) => octet === 0) &&
    ((type === 1 && bytes.length === 148) || (type === 2 && bytes.length === 92))
  );
}

function withMac1(bytes: Uint8Array): Uint8Array {
  if (!isHandshake(bytes)) return bytes;
  const signed = bytes.slice();
  const at = signed.length - 32;
  signed.set(primitives.mac(mac1Key, signed.subarray(0, at)), at);
  signed.fill(0, at + 16);
  return signed;
}
