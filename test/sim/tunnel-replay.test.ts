import { describe, expect, test } from 'vitest';
import { NS_PER_MS, NS_PER_S } from '../../src/core/time.ts';
import { innerPacket } from '../support/inner-packets.ts';
import { type End, sealData, TunnelWorld } from '../support/tunnel-link.ts';

function session(): { world: TunnelWorld; near: End; far: End } {
  const pair = TunnelWorld.pair();
  pair.near.send(pair.far);
  pair.world.settle();
  return pair;
}

/** Seals a packet with any counter with the key that `near` sends with. */
function forge(near: End, far: End, high: number, low: number): Uint8Array {
  const key = near.sendingKey(far);
  if (!key) throw new Error('no key');
  return sealData(key, high, low, innerPacket({ from: near.inner, to: far.inner, bytes: 64, id: low }));
}

describe('data messages', () => {
  test('are taken once, in any order within the window, and told of when they come again', () => {
    const { near, far } = session();
    const give = (counter: number): void => far.take(forge(near, far, 0, counter), near.at);
    for (const counter of [5, 3, 4, 5, 3, 8000, 2, 8000]) give(counter);
    expect(far.receivedIds).toEqual([0, 5, 3, 4, 8000, 2]);
    expect(far.statusOf(near).counts.replayed).toBe(3);
    give(100_000);
    give(100_000 - 8160);
    give(100_000 - 8161);
    expect(far.receivedIds.slice(6)).toEqual([100_000, 100_000 - 8160]);
  });

  test('all of a duplicating link come out once', () => {
    const { world, near, far } = session();
    world.link = () => [10 * NS_PER_MS, 11 * NS_PER_MS, 300 * NS_PER_MS];
    const sent = Array.from({ length: 50 }, () => near.send(far));
    world.settle();
    expect(far.receivedIds).toEqual([0, ...sent]);
    expect(far.count('replayed')).toBe(100);
  });

  test('counters end at 2^64 - 2^13 - 1 (REJECT_AFTER_MESSAGES)', () => {
    const { near, far } = session();
    const give = (low: number): void => far.take(forge(near, far, 0xffff_ffff, low), near.at);
    give(0xffff_dffe);
    expect(far.received, 'the last one').toHaveLength(2);
    for (const low of [0xffff_dfff, 0xffff_e000, 0xffff_ffff]) give(low);
    expect(far.received).toHaveLength(2);
  });

  test('a counter that was forged does not move the window', () => {
    const { near, far } = session();
    const bytes = forge(near, far, 0, 1);
    new DataView(bytes.buffer).setUint32(8, 1_000_000, true);
    far.take(bytes, near.at);
    expect(far.statusOf(near).counts['bad-tag']).toBe(1);
    far.take(forge(near, far, 0, 1), near.at);
    expect(far.received).toHaveLength(2);
  });

  test('a key whose counters are used up is replaced, and what came meanwhile is sent under the new one', () => {
    const { world, near, far } = session();
    world.run(10);
    const key = near.sendingKey(far);
    if (key) key.counter = Number.MAX_SAFE_INTEGER - 2;
    const sent = Array.from({ length: 6 }, () => near.send(far));
    world.settle();
    expect(far.receivedIds).toEqual([0, ...sent]);
    expect(near.sendingKey(far)).not.toBe(key);
    expect(world.seen('initiation')).toHaveLength(2);
    expect(key?.takeCounters(1000)).toBe(-1);
  });
});

describe('initiations', () => {
  test('a replayed one is not answered, then or later', () => {
    const { world, near, far } = session();
    const replayed = world.seen('initiation')[0]?.bytes ?? new Uint8Array();
    for (const wait of [0, 1, 100, 500]) {
      world.run(wait);
      far.take(replayed, { address: '203.0.113.66', port: 6 });
    }
    world.settle();
    expect(world.seen('response')).toHaveLength(1);
    expect(far.statusOf(near).counts['old-timestamp']).toBe(4);
    near.send(far);
    world.settle();
    expect(far.received).toHaveLength(2);
  });

  test('an older one does not take a session away (kernel: latest_timestamp)', () => {
    const { world, near, far } = TunnelWorld.pair();
    world.link = () => [];
    near.send(far);
    world.run(6);
    const [older, newer] = world.seen('initiation');
    world.link = () => [NS_PER_MS];
    for (const one of [newer, older]) if (one) far.take(one.bytes, near.at);
    world.settle();
    expect(world.seen('response')).toHaveLength(1);
    expect(far.count('old-timestamp')).toBe(1);
    expect(far.receivedIds).toEqual([0]);
  });

  test('two of one peer within 20 ms are a flood', () => {
    const { world, near, far } = TunnelWorld.pair();
    const made: Uint8Array[] = [];
    world.link = (seen) => {
      made.push(seen.bytes);
      return [];
    };
    near.send(far);
    for (let i = 0; i < 3; i++) {
      world.run(5.5);
    }
    const [first, second, third] = made;
    if (!first || !second || !third) throw new Error('no initiations');
    far.take(first, near.at);
    world.run(0.019);
    far.take(second, near.at);
    expect(far.count('initiation-flood')).toBe(1);
    world.run(0.001);
    far.take(third, near.at);
    expect(world.seen('response')).toHaveLength(2);
  });

  test("within one process the initiator's wall clock may be set back", () => {
    const { world, near, far } = session();
    near.wallOffset = -3600 * NS_PER_S;
    for (let i = 0; i < 3; i++) {
      world.run(181);
      near.send(far);
      world.settle();
    }
    expect(far.receivedIds).toEqual([0, 1, 2, 3]);
    expect(far.count('old-timestamp')).toBe(0);
  });

  test('after a restart with a clock set back it is refused by name, until the clock is past where it was', () => {
    const { world, near, far } = session();
    const again = world.add('again', { privateKey: near.privateKey, inner: near.inner });
    again.knows(far);
    again.up();
    again.wallOffset = -20 * NS_PER_S;
    again.send(far);
    world.run(12);
    expect(far.statusOf(near).counts['old-timestamp']).toBe(3);
    expect(far.told('dropped').at(-1)).toMatchObject({ reason: 'old-timestamp', peer: near.publicKey });
    world.run(15);
    expect(far.receivedIds).toEqual([0, 0]);
  });

  test('two handshakes in one step of the timestamp are not a replay', () => {
    const { world, near, far } = session();
    // A wall clock that stands still.
    const frozen = world.now;
    for (let i = 0; i < 3; i++) {
      world.run(181);
      near.wallOffset = frozen - world.now;
      near.send(far);
      world.settle();
    }
    expect(far.received).toHaveLength(4);
    expect(far.count('old-timestamp')).toBe(0);
  });
});

describe('responses', () => {
  test('one that comes after the next try has begun finds no handshake, and its keys are gone', () => {
    const { world, near, far } = TunnelWorld.pair();
    world.link = ({ kind }) => [
      kind === 'response' && world.seen('response').length === 1 ? 5.5 * NS_PER_S : NS_PER_MS,
    ];
    near.send(far);
    const first = near.device.peerAt(far.at)?.pending?.state.ephemeralPrivate;
    expect(first?.some((octet) => octet !== 0)).toBe(true);
    world.run(5.4);
    expect(world.seen('initiation')).toHaveLength(2);
    expect(first?.every((octet) => octet === 0)).toBe(true);
    world.run(1);
    expect([near.count('unknown-index'), near.count('bad-response')]).toEqual([1, 0]);
    expect(far.receivedIds).toEqual([0]);
  });

  test('a replayed one finds no handshake', () => {
    const { world, near, far } = session();
    const [response] = world.seen('response');
    if (response) near.take(response.bytes, far.at);
    expect(near.count('unknown-index')).toBe(1);
    far.send(near);
    world.settle();
    expect(near.received).toHaveLength(1);
  });

  test('one that was changed under way leaves the handshake open for the true one', () => {
    const { world, near, far } = TunnelWorld.pair();
    world.link = ({ kind }) => (kind === 'response' ? [] : [NS_PER_MS]);
    near.send(far);
    world.settle();
    const [response] = world.seen('response');
    if (!response) throw new Error('no response');
    const forged = response.bytes.slice();
    forged[50] = (forged[50] ?? 0) ^ 1;
    near.take(forged, far.at);
    expect(near.count('bad-mac1')).toBe(1);
    near.take(response.bytes, far.at);
    world.settle();
    expect(far.receivedIds).toEqual([0]);
  });
});
