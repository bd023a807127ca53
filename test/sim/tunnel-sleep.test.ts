/** A host that slept: its clock jumps by hours between two calls, and whatever the driver does first comes first. */
import { describe, expect, test } from 'vitest';
import { NS_PER_S } from '../../src/core/time.ts';
import type { Keypair } from '../../src/tunnel/wireguard/peer/keypair.ts';
import { innerPacket } from '../support/inner-packets.ts';
import { type End, sealData, TunnelWorld } from '../support/tunnel-link.ts';

const zeroes = (bytes: Uint8Array): boolean => bytes.every((octet) => octet === 0);
const HOURS = 3600 * NS_PER_S;

/** A session under traffic both ways, then hours in which nothing runs. */
function slept(hours = 5): { world: TunnelWorld; near: End; far: End; key: Keypair } {
  const { world, near, far } = TunnelWorld.pair();
  near.send(far);
  far.send(near);
  world.settle();
  world.run(3);
  const key = near.sendingKey(far);
  if (!key) throw new Error('there is a session');
  world.wire.length = 0;
  near.received.length = 0;
  far.received.length = 0;
  world.now += hours * HOURS;
  return { world, near, far, key };
}

describe('after the host was suspended for hours', () => {
  test('the first packet begins a handshake, waits for it and arrives; nothing goes under the old key', () => {
    const { world, near, far, key } = slept();
    const id = near.send(far);
    expect(world.wire.map(({ kind }) => kind)).toEqual(['initiation']);
    world.settle();
    expect(far.receivedIds).toEqual([id]);
    expect(world.seen('initiation', near)).toHaveLength(1);
    const receivers = world.seen('data', near).map(({ bytes }) => new DataView(bytes.buffer).getUint32(4, true));
    expect(receivers).not.toContain(key.remoteIndex);
  });

  test('timers that were due meanwhile do not undo the handshake that the first packet began', () => {
    const { world, near, far } = slept();
    const id = near.send(far);
    near.drain();
    world.run(1);
    expect(far.receivedIds).toEqual([id]);
    expect(near.count('unknown-index')).toBe(0);
  });

  test.each(['the packet', 'the timers'])('the old keys are erased, %s first', (first) => {
    const { world, near, far, key } = slept();
    if (first === 'the packet') near.send(far);
    near.drain();
    if (first === 'the timers') near.send(far);
    expect([key.sendKey, key.receiveKey].every(zeroes)).toBe(true);
    world.run(1);
    expect(far.receivedIds).toHaveLength(1);
  });

  test('what comes under the old key is not taken', () => {
    const { world, near, far, key } = slept();
    const packet = innerPacket({ from: near.inner, to: far.inner, bytes: 100, id: 77 });
    far.take(sealData(key, 0, 1000, packet), near.at);
    world.settle();
    expect(far.received).toEqual([]);
    expect(far.count('expired-key')).toBe(1);
  });

  test('the peer that did not sleep may be the first', () => {
    const { world, near, far } = slept();
    const id = far.send(near);
    world.settle();
    expect(near.receivedIds).toEqual([id]);
  });

  test('a persistent keepalive renews the session without a packet', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.knows(far, { persistentKeepaliveSeconds: 25 });
    world.run(3);
    world.wire.length = 0;
    world.now += HOURS;
    world.run(0.1);
    expect(world.wire.map(({ kind }) => kind)).toEqual(['initiation', 'response', 'keepalive']);
  });

  test('a handshake that was under way is tried again at once, and is not given up for the time that was slept', () => {
    const { world, near, far } = TunnelWorld.pair();
    world.link = () => [];
    near.send(far);
    world.run(12);
    world.now += HOURS;
    world.link = () => [10_000_000];
    world.run(1);
    expect(far.received).toHaveLength(1);
    expect(near.told('handshake-failed')).toEqual([]);
  });
});
