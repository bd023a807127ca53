import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NS_PER_MS } from '../../src/core/time.ts';
import { type End, impaired, type Link, steady, TunnelWorld } from '../support/tunnel-link.ts';

/** Both ends send a packet every `every` seconds, and what each sent is returned. */
function chat(
  world: TunnelWorld,
  near: End,
  far: End,
  seconds: number,
  every = 0.5,
): { near: number[]; far: number[] } {
  const sent: { near: number[]; far: number[] } = { near: [], far: [] };
  for (let passed = 0; passed < seconds; passed += every) {
    sent.near.push(near.send(far));
    sent.far.push(far.send(near));
    world.run(every);
  }
  return sent;
}

/** A pair with a session that `near` began. */
function session(seed = 1): { world: TunnelWorld; near: End; far: End; began: number } {
  const pair = TunnelWorld.pair({ seed });
  pair.near.send(pair.far);
  pair.world.settle();
  return { ...pair, began: pair.world.seconds };
}

/** Lets everything through but what `blocked` names. */
const without =
  (...blocked: readonly string[]): Link =>
  ({ kind, by }) =>
    blocked.includes(kind) || blocked.includes(`${by} ${kind}`) ? [] : [10 * NS_PER_MS];

const sorted = (ids: readonly number[]): readonly number[] => [...ids].sort((a, b) => a - b);

describe('a new key after 120 s', () => {
  test('is asked for by the initiator alone, at the first packet after that', () => {
    const { world, near, far } = session();
    chat(world, near, far, 500, 1);
    const tries = world.seen('initiation');
    expect(tries.every(({ by }) => by === 'near')).toBe(true);
    const at = tries.map((one) => world.secondsOf(one));
    expect(at).toHaveLength(5);
    for (const [i, moment] of at.entries()) {
      expect(moment).toBeGreaterThanOrEqual(120 * i);
      expect(moment).toBeLessThan(120 * i + 5);
    }
    expect(near.told('initiation-sent')[1]).toMatchObject({ cause: 'key-age' });
  });

  test('costs no packet', () => {
    const { world, near, far } = session();
    const sent: { near: number[]; far: number[] } = { near: [], far: [] };
    for (let i = 0; i < 3; i++) {
      world.run(116);
      const more = chat(world, near, far, 8, 0.02);
      sent.near.push(...more.near);
      sent.far.push(...more.far);
    }
    world.settle();
    expect(far.receivedIds).toEqual([0, ...sent.near]);
    expect(near.receivedIds).toEqual(sent.far);
    expect(world.seen('initiation')).toHaveLength(4);
  });

  test('costs none over a link that reorders and duplicates either, however long it takes', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 800 }), (seed, spread) => {
        const { world, near, far } = session(seed);
        world.link = impaired(seed, { delay: 20 * NS_PER_MS, spread: spread * NS_PER_MS, duplication: 0.2 });
        world.run(118);
        const sent = chat(world, near, far, 6, 0.02);
        world.run(10);
        expect(sorted(far.receivedIds)).toEqual([0, ...sent.near]);
        expect(sorted(near.receivedIds)).toEqual(sent.far);
      }),
      { numRuns: 12 },
    );
  });

  test('costs only what the link loses, when that also takes handshake messages', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { world, near, far } = session(seed);
        const lossy = impaired(seed, { delay: 15 * NS_PER_MS, loss: 0.3 });
        let lost = 0;
        world.link = (seen) => {
          const arrivals = lossy(seen);
          if (arrivals.length === 0 && seen.kind === 'data') lost++;
          return arrivals;
        };
        const sent = chat(world, near, far, 170, 0.25);
        world.run(30);
        expect(far.received.length - 1 + near.received.length + lost).toBe(sent.near.length + sent.far.length);
      }),
      { numRuns: 10 },
    );
  });
});

describe('keys before, now and next', () => {
  test('what is on its way under the old key is taken after the new one is in use', () => {
    const { world, near, far } = session();
    world.run(121);
    const late = near.send(far);
    // The packet was sealed with the old key and triggers the handshake; it overtakes nothing.
    const old = world.seen('data').at(-1);
    world.settle();
    near.send(far);
    world.settle();
    expect(far.told('session-confirmed')).toHaveLength(2);
    expect(old?.bytes.subarray(4, 8)).not.toEqual(world.seen('data').at(-1)?.bytes.subarray(4, 8));
    expect(far.receivedIds).toEqual([0, late, late + 1]);

    const held = session();
    held.world.run(121);
    held.world.link = (seen) => (seen.kind === 'data' ? [5000 * NS_PER_MS] : [10 * NS_PER_MS]);
    const slow = held.near.send(held.far);
    held.world.run(1);
    expect(held.far.told('session-confirmed'), 'by a keepalive').toHaveLength(2);
    expect(held.far.receivedIds).not.toContain(slow);
    held.world.run(5);
    expect(held.far.receivedIds, 'four seconds after').toContain(slow);
  });

  test('the responder sends with the old key until a message encrypted with the new one is received', () => {
    const { world, near, far } = session();
    const old = far.sendingKey(near);
    world.run(121);
    world.link = without('near keepalive', 'near data');
    near.send(far);
    world.settle();
    expect(near.told('response-received'), 'near has the new key').toHaveLength(2);
    for (let i = 0; i < 5; i++) far.send(near);
    expect(far.sendingKey(near)).toBe(old);
    world.link = steady(10 * NS_PER_MS);
    world.settle();
    expect(near.receivedIds, 'under the old key').toEqual([0, 1, 2, 3, 4]);
    near.send(far);
    world.settle();
    expect(far.sendingKey(near)).not.toBe(old);
  });

  test('the responder with packets waiting and no other key sends them once it has seen the new one', () => {
    const { world, near, far } = TunnelWorld.pair();
    far.knows(near, { endpoint: { address: '198.51.100.1', port: 1 } });
    far.send(near);
    world.run(1);
    near.send(far);
    world.settle();
    expect(near.receivedIds).toEqual([0]);
  });

  test('nothing is encrypted or decrypted with a key older than 180 s', () => {
    const { world, near, far, began } = session();
    const key = near.sendingKey(far);
    world.link = without('initiation', 'response');
    world.run(179.9 - (world.seconds - began));
    near.send(far);
    far.send(near);
    world.settle();
    expect([near.receivedIds, far.receivedIds]).toEqual([[0], [0, 1]]);
    world.run(0.2);
    expect(key?.isValid(world.now)).toBe(false);
    const before = world.seen('data').length;
    near.send(far);
    far.send(near);
    world.run(1);
    expect(world.seen('data')).toHaveLength(before);
    const [first] = world.seen('data', near);
    if (first) far.take(first.bytes, near.at);
    expect(far.count('expired-key')).toBe(1);
    expect(far.receivedIds).toEqual([0, 1]);
  });
});

describe('timers of a session', () => {
  test('an initiator that only receives asks for a new key at 165 s, and once (kernel: keep_key_fresh)', () => {
    // With that jitter the next keepalive comes before the next try.
    const { world, near, far } = TunnelWorld.pair({ near: { jitter: () => 333 * NS_PER_MS } });
    near.send(far);
    world.settle();
    far.knows(near, { persistentKeepaliveSeconds: 1 });
    world.run(30);
    world.link = without('initiation');
    world.run(149);
    const [, first, ...more] = near.told('initiation-sent');
    expect(first).toMatchObject({ cause: 'key-ends' });
    expect(more.map(({ cause }) => cause)).toEqual(['retry', 'retry']);
    const at = world.secondsOf(first ?? { at: Infinity });
    expect(at).toBeGreaterThanOrEqual(165);
    expect(at).toBeLessThan(166.1);
  });

  test('a responder that only receives never asks', () => {
    const { world, near, far } = session();
    near.knows(far, { persistentKeepaliveSeconds: 3 });
    world.link = without('initiation');
    world.run(179);
    expect(far.told('initiation-sent')).toEqual([]);
  });

  test('540 s after the last handshake all keys are zeroed, at both ends', () => {
    const { world, near, far } = session();
    const keys = [near, far].map((end, i) => end.sendingKey(i === 0 ? far : near));
    world.run(539);
    expect(keys.some((key) => key?.sendKey.every((octet) => octet === 0))).toBe(false);
    expect(near.told('keys-zeroed')).toEqual([]);
    world.run(2);
    for (const key of keys) expect([...(key?.sendKey ?? []), ...(key?.receiveKey ?? [])]).toEqual(Array(64).fill(0));
    for (const end of [near, far]) expect(end.told('keys-zeroed')).toHaveLength(1);
    near.send(far);
    world.settle();
    expect(far.receivedIds, 'a new handshake').toHaveLength(2);
  });

  test('15 s after a packet without any answer there is a new handshake', () => {
    const { world, near, far } = session();
    world.run(20);
    world.link = () => [];
    const sentAt = world.seconds;
    near.send(far);
    world.run(30);
    const tries = near.told('initiation-sent').slice(1);
    const after = world.secondsOf(tries[0] ?? { at: Infinity }) - sentAt;
    expect(tries[0]).toMatchObject({ cause: 'no-answer' });
    expect(after).toBeGreaterThanOrEqual(15);
    expect(after).toBeLessThan(15.334);
  });

  test('the 15 s count from the first packet, and any authentic answer ends them', () => {
    const { world, near, far } = session();
    world.run(20);
    world.link = without('far data', 'far keepalive');
    const sentAt = world.seconds;
    for (let i = 0; i < 10; i++) {
      near.send(far);
      world.run(1);
    }
    world.run(6);
    const [, again] = near.told('initiation-sent');
    expect(again).toMatchObject({ cause: 'no-answer' });
    expect(world.secondsOf(again ?? { at: Infinity }) - sentAt).toBeLessThan(15.334);

    const other = session();
    other.world.run(20);
    other.near.send(other.far);
    other.world.run(60);
    expect(other.near.told('initiation-sent'), 'the keepalive after 10 s was the answer').toHaveLength(1);
  });
});

describe('both ends begin at once', () => {
  /** After a start or a pause, both have a packet at the same moment. */
  function collide(seed: number, link: Link): { world: TunnelWorld; near: End; far: End } {
    const pair = TunnelWorld.pair({ seed });
    pair.world.link = link;
    pair.near.send(pair.far);
    pair.far.send(pair.near);
    return pair;
  }

  /** Both send with the same session, from either side of it. */
  function agree(near: End, far: End): boolean {
    const [ours, theirs] = [near.sendingKey(far), far.sendingKey(near)];
    return ours !== null && theirs !== null && ours.localIndex === theirs.remoteIndex;
  }

  test.each([1, 2, 3, 4, 5, 6])('they agree on one session at once, and both packets arrive (%i)', (seed) => {
    const { world, near, far } = collide(seed, steady(10 * NS_PER_MS));
    world.run(1);
    expect([near.receivedIds, far.receivedIds]).toEqual([[0], [0]]);
    chat(world, near, far, 2);
    expect(agree(near, far)).toBe(true);
    expect([near.sendingKey(far)?.isInitiator, far.sendingKey(near)?.isInitiator].sort()).toEqual([false, true]);
  });

  test('and no packet is lost then, nor when the key is renewed', () => {
    const { world, near, far } = collide(7, steady(40 * NS_PER_MS));
    const sent: { near: number[]; far: number[] } = { near: [0], far: [0] };
    for (let i = 0; i < 4; i++) {
      const more = chat(world, near, far, 4, 0.03);
      sent.near.push(...more.near);
      sent.far.push(...more.far);
      world.run(115);
    }
    world.settle();
    expect(far.receivedIds).toEqual(sent.near);
    expect(near.receivedIds).toEqual(sent.far);
    expect(world.seen('initiation').length, 'one at a time').toBe(2 + 3);
  });

  test('nor when they begin at once in the middle of a session', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { world, near, far } = session(seed);
        world.link = steady(40 * NS_PER_MS);
        world.run(181);
        // Both keys are too old: the first packets of both begin a handshake.
        const sent = chat(world, near, far, 3, 0.01);
        world.settle();
        expect(far.receivedIds.slice(1)).toEqual(sent.near);
        expect(near.receivedIds).toEqual(sent.far);
        expect(agree(near, far)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  test.each([1, 2, 3, 4])(
    'nor while the old key still serves, which it does until both have the new one (%i)',
    (seed) => {
      const jitter = (): number => 0;
      const { world, near, far } = TunnelWorld.pair({ seed, near: { jitter }, far: { jitter } });
      near.send(far);
      world.run(20);
      world.link = () => [];
      for (const [end, other] of [
        [near, far],
        [far, near],
      ] as const)
        end.send(other);
      // What is sent from here on arrives after both have missed an answer for 15 s.
      world.run(14.985);
      world.link = steady(40 * NS_PER_MS);
      const sent = chat(world, near, far, 2, 0.01);
      world.settle();
      expect(world.seen('initiation').map(({ by }) => by)).toEqual(['near', 'near', 'far']);
      expect([near.receivedIds, far.receivedIds]).toEqual([sent.far, [0, ...sent.near]]);
      expect(agree(near, far)).toBe(true);
    },
  );

  test('whatever the link does to the messages, they agree within seconds', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        (seed, spread, loss) => {
          const link = impaired(seed, { delay: 5 * NS_PER_MS, spread: spread * NS_PER_MS, loss, duplication: 0.1 });
          const { world, near, far } = collide(seed, link);
          chat(world, near, far, 40, 0.5);
          world.link = steady(10 * NS_PER_MS);
          chat(world, near, far, 25, 0.5);
          expect(near.sendingKey(far)).not.toBeNull();
          const before = [near.received.length, far.received.length];
          chat(world, near, far, 5, 0.5);
          world.settle();
          expect([near.received.length, far.received.length]).toEqual(before.map((n) => n + 10));
        },
      ),
      { numRuns: 20 },
    );
  });

  test("an own attempt is given up as soon as the peer's is in use", () => {
    const slow: Link = ({ kind, by }) => [kind === 'response' && by === 'near' ? 1000 * NS_PER_MS : 10 * NS_PER_MS];
    const { world, near, far } = collide(1, slow);
    expect(far.device.peerAt(near.at)?.pending).not.toBeNull();
    world.run(0.5);
    expect(far.device.peerAt(near.at)?.pending).toBeNull();
    world.run(1);
    expect(far.count('unknown-index')).toBe(1);
    expect([near.receivedIds, far.receivedIds]).toEqual([[0], [0]]);
    expect(agree(near, far)).toBe(true);
  });

  test("the reference's way, in which an initiation that comes ends the own, is served as well", () => {
    const { world, near, far } = TunnelWorld.pair();
    // Far never hears the answer to its own initiation, as if it had forgotten it.
    world.link = without('near response');
    near.send(far);
    far.send(near);
    world.run(1);
    expect([near.receivedIds, far.receivedIds]).toEqual([[0], [0]]);
    expect(agree(near, far)).toBe(true);
  });
});
