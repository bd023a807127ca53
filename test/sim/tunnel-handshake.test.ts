import { describe, expect, test } from 'vitest';
import { NS_PER_MS } from '../../src/core/time.ts';
import { type End, type Seen, steady, TunnelWorld } from '../support/tunnel-link.ts';

const psk = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);
const kinds = (wire: readonly Seen[]): readonly string[] => wire.map(({ kind }) => kind);

/** Seconds between each datagram and the one before. */
function gaps(world: TunnelWorld, seen: readonly Seen[]): readonly number[] {
  const at = seen.map((one) => world.secondsOf(one));
  return at.slice(1).map((one, i) => one - (at[i] ?? 0));
}

describe('a first packet', () => {
  test('costs one initiation and one response, and goes itself as the confirmation', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    world.settle();
    expect(kinds(world.wire)).toEqual(['initiation', 'response', 'data']);
    expect(world.wire.map(({ bytes }) => bytes.length)).toEqual([148, 92, 32 + 112]);
    expect(far.receivedIds).toEqual([0]);
  });

  test('a handshake without one is confirmed by one keepalive, after which data flow at once', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.knows(far, { persistentKeepaliveSeconds: 25 });
    world.settle();
    expect(kinds(world.wire)).toEqual(['initiation', 'response', 'keepalive']);
    for (let i = 0; i < 20; i++) {
      near.send(far);
      far.send(near);
    }
    world.settle();
    expect(kinds(world.wire.slice(3))).toEqual(Array(40).fill('data'));
    expect([near.receivedIds.length, far.receivedIds.length]).toEqual([20, 20]);
  });

  test('is received by both ends as what it was, and counted (netns.sh: transfer of ten pings)', () => {
    const { world, near, far } = TunnelWorld.pair();
    for (let i = 0; i < 10; i++) {
      far.send(near, 84);
      world.settle();
      near.send(far, 84);
      world.settle();
    }
    // The kernel's figures: 148 + 10 * 128 out and 92 + 10 * 128 in.
    expect(far.statusOf(near)).toMatchObject({ txBytes: 1428, rxBytes: 1372 });
    expect(near.statusOf(far)).toMatchObject({ txBytes: 1372, rxBytes: 1428 });
    expect(far.statusOf(near).handshakeRttNs).toBe(20 * NS_PER_MS);
    expect(near.statusOf(far).handshakeRttNs, 'the responder does not know').toBeNull();
    for (const status of [near.statusOf(far), far.statusOf(near)]) expect(status.lastHandshake).not.toBeNull();
  });

  test('packets that wait for a key keep their order; of more than 128 the oldest are lost', () => {
    const { world, near, far } = TunnelWorld.pair();
    for (let i = 0; i < 130; i++) near.send(far);
    world.settle();
    expect(far.receivedIds).toEqual(Array.from({ length: 128 }, (_, i) => i + 2));
    expect(near.count('staged-overflow')).toBe(2);
    expect(world.seen('initiation')).toHaveLength(1);
  });
});

describe('lengths of data messages (whitepaper §5.4.6)', () => {
  test('a multiple of 16 below the MTU, never beyond it, and the packet comes out as it went in', () => {
    const { world, near, far } = TunnelWorld.pair({ near: { mtu: 1420 } });
    const lengths = [20, 21, 31, 32, 33, 100, 1279, 1280, 1407, 1408, 1409, 1419, 1420];
    for (const bytes of lengths) near.send(far, bytes);
    world.settle();
    const padded = world.seen('data').map(({ bytes }) => bytes.length - 32);
    expect(padded).toEqual([32, 32, 32, 32, 48, 112, 1280, 1280, 1408, 1408, 1420, 1420, 1420]);
    expect(far.received.map(({ packet }) => packet.length)).toEqual(lengths);
  });

  test('without an MTU there is no clamp; a packet above the MTU keeps the remainder within it', () => {
    const { world, near, far } = TunnelWorld.pair({ near: { mtu: 0 } });
    near.send(far, 1420);
    world.settle();
    near.mtu = 1300;
    for (const bytes of [1300, 1301, 1310]) near.send(far, bytes);
    world.settle();
    expect(world.seen('data').map(({ bytes }) => bytes.length - 32)).toEqual([1424, 1300, 1316, 1316]);
  });
});

describe('keys that do not fit', () => {
  test.each([
    ['on one side only', psk(1), psk(0)],
    ['on the other side only', psk(0), psk(1)],
    ['another on each side', psk(1), psk(2)],
  ])('a preshared key %s: response after response, none believed', (_name, ours, theirs) => {
    const { world, near, far } = TunnelWorld.pair();
    near.knows(far, { presharedKey: ours });
    far.knows(near, { presharedKey: theirs });
    near.send(far);
    world.run(12);
    expect(kinds(world.wire)).toEqual(['initiation', 'response', 'initiation', 'response', 'initiation', 'response']);
    for (const gap of gaps(world, world.seen('initiation'))) {
      expect(gap).toBeGreaterThanOrEqual(5);
      expect(gap).toBeLessThan(5.334);
    }
    expect(near.statusOf(far).counts['bad-response']).toBe(3);
    expect(near.told('dropped')[0]).toMatchObject({ reason: 'bad-response', peer: far.publicKey });
    expect(far.receivedIds).toEqual([]);
  });

  test('the same preshared key on both sides works', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.knows(far, { presharedKey: psk(7) });
    far.knows(near, { presharedKey: psk(7) });
    near.send(far);
    world.settle();
    expect(far.receivedIds).toEqual([0]);
  });

  test('another preshared key counts from the next handshake on, not before', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    world.settle();
    far.knows(near, { presharedKey: psk(3) });
    for (let i = 0; i < 11; i++) {
      near.send(far);
      far.send(near);
      world.run(10);
    }
    expect([near.receivedIds.length, far.receivedIds.length]).toEqual([11, 12]);
    world.run(12);
    near.send(far);
    world.run(2);
    expect(world.seen('initiation'), 'the next handshake').toHaveLength(2);
    expect(near.count('bad-response'), 'fails').toBe(1);
    near.knows(far, { presharedKey: psk(3) });
    world.run(5);
    expect(near.told('response-received')).toHaveLength(2);
    expect(far.receivedIds, 'and the old key served meanwhile').toHaveLength(13);
  });

  test('an initiator that the responder does not know is not answered', () => {
    const world = new TunnelWorld();
    const [stranger, far] = [world.add('stranger'), world.add('far')];
    stranger.knows(far);
    for (const end of [stranger, far]) end.up();
    stranger.send(far);
    world.run(1);
    expect(kinds(world.wire)).toEqual(['initiation']);
    expect(far.count('unknown-peer')).toBe(1);
    expect(far.told('dropped')[0]).toMatchObject({ reason: 'unknown-peer', peer: null, detail: '192.0.2.1' });
  });

  test('an initiation made for another public key is not answered: mac1 is wrong', () => {
    const world = new TunnelWorld();
    const [near, far, other] = [world.add('near'), world.add('far'), world.add('other')];
    near.knows(other, { endpoint: far.at });
    far.knows(near);
    for (const end of [near, far]) end.up();
    near.send(other);
    world.run(1);
    expect(kinds(world.wire)).toEqual(['initiation']);
    expect(far.count('bad-mac1')).toBe(1);
  });
});

describe('a peer that does not answer', () => {
  /** Initiations into nothing. */
  function silence(jitter?: () => number): { world: TunnelWorld; near: End; far: End } {
    const pair = TunnelWorld.pair(jitter ? { near: { jitter } } : {});
    pair.world.link = () => [];
    return pair;
  }

  test('is tried every 5 s and up to 333 ms, 20 times in all, and then given up (kernel: timers.c)', () => {
    const { world, near, far } = silence();
    for (let i = 0; i < 3; i++) near.send(far);
    world.run(300);
    const tries = world.seen('initiation', near);
    expect(tries).toHaveLength(20);
    const between = gaps(world, tries);
    for (const gap of between) {
      expect(gap).toBeGreaterThanOrEqual(5);
      expect(gap).toBeLessThan(5.334);
    }
    expect(new Set(between).size, 'jitter').toBeGreaterThan(5);
    expect(near.told('handshake-failed')).toMatchObject([{ attempts: 20, peer: far.publicKey }]);
    expect(near.count('handshake-given-up'), 'packets that waited').toBe(3);
    expect(
      near
        .told('initiation-sent')
        .map(({ cause, attempt }) => `${cause} ${attempt}`)
        .slice(0, 3),
    ).toEqual(['no-key 1', 'retry 2', 'retry 3']);
  });

  test('without jitter the tries are 5 s apart to the nanosecond', () => {
    const { world, near, far } = silence(() => 0);
    near.send(far);
    world.run(200);
    const tries = world.seen('initiation', near).map((one) => world.secondsOf(one));
    expect(tries).toEqual(Array.from({ length: 20 }, (_, i) => 5 * i));
    expect(world.secondsOf(near.told('handshake-failed')[0] ?? { at: 0 })).toBe(100);
  });

  test('is tried again when there is something to send again', () => {
    const { world, near, far } = silence(() => 0);
    near.send(far);
    world.run(150);
    world.link = steady(NS_PER_MS);
    near.send(far);
    world.settle();
    expect(world.seen('initiation', near)).toHaveLength(21);
    expect(far.receivedIds, 'what waited before is gone').toEqual([1]);
  });

  test('is tried on as long as packets come', () => {
    const { world, near, far } = silence(() => 0);
    for (let i = 0; i < 60; i++) {
      near.send(far);
      world.run(5);
    }
    expect(world.seen('initiation', near).length).toBeGreaterThanOrEqual(60);
    expect(near.told('handshake-failed')).toEqual([]);
  });

  test('is not tried more often than every 5 s, whatever asks for it', () => {
    const { world, near, far } = silence(() => 0);
    near.knows(far, { persistentKeepaliveSeconds: 1 });
    for (let i = 0; i < 380; i++) {
      near.send(far);
      world.run(0.05);
    }
    // At 0, 5, 10 and 15 s.
    expect(world.seen('initiation', near)).toHaveLength(4);
  });

  test('is left alone for 5 s after a response to it as well (kernel: last_sent_handshake)', () => {
    const { world, near, far } = TunnelWorld.pair({ far: { jitter: () => 0 } });
    world.link = ({ kind, by }) => (by === 'near' && kind !== 'initiation' ? [] : [NS_PER_MS]);
    near.send(far);
    world.run(1);
    expect(world.seen('response', far)).toHaveLength(1);
    // Without the confirmation far has no key to send with.
    far.send(near);
    world.run(3.9);
    far.send(near);
    expect(world.seen('initiation', far)).toEqual([]);
    world.run(0.2);
    far.send(near);
    expect(world.seen('initiation', far)).toHaveLength(1);
  });
});
