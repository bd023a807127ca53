import { describe, expect, test } from 'vitest';
import { DecryptedMessage, DROPPED, KEEPALIVE, REFUSED } from '../../../../src/tunnel/wireguard/decrypted-message.ts';
import type { PeerKeypair } from '../../../../src/tunnel/wireguard/peer/peer.ts';
import { readEcn } from '../../../../src/wire/ip.ts';
import { innerPacket } from '../../../support/inner-packets.ts';
import { TunnelWorld } from '../../../support/tunnel-link.ts';

const PADDING = 12;
/** Where packets of these tests lie: what is before them must not matter. */
const AT = 64;

/** The far end of a session, and messages of it as they are once decrypted. */
function session() {
  const { world, near, far } = TunnelWorld.pair();
  near.send(far);
  world.settle();
  const index = near.sendingKey(far)?.remoteIndex ?? 0;
  const keypair = far.device.receivingKeypair(index, world.now) as PeerKeypair;
  const packet = innerPacket({ from: near.inner, to: far.inner, bytes: 100, id: 9 });
  const messageOf = (octets: Uint8Array, counter: number): DecryptedMessage => {
    const bytes = new Uint8Array(AT + octets.length + PADDING);
    bytes.set(octets, AT);
    return Object.assign(new DecryptedMessage(bytes), {
      isAuthentic: true,
      counterLow: counter,
      at: AT,
      length: octets.length + PADDING,
    });
  };
  const check = (message: DecryptedMessage): number => far.device.checkDecrypted(keypair, message, world.now);
  return { near, far, packet, messageOf, check, count: far.count.bind(far) };
}

describe('checkDecrypted()', () => {
  test('gives the length of the packet without its padding', () => {
    const { packet, messageOf, check } = session();
    expect(check(messageOf(packet, 5))).toBe(100);
  });

  test('refuses a wrong tag, and does not mark the counter', () => {
    const { packet, messageOf, check, count } = session();
    expect(check(Object.assign(messageOf(packet, 5), { isAuthentic: false }))).toBe(REFUSED);
    expect(check(messageOf(packet, 5))).toBe(100);
    expect([count('bad-tag'), count('replayed')]).toEqual([1, 0]);
  });

  test('refuses a counter that was received before', () => {
    const { packet, messageOf, check, count } = session();
    expect(check(Object.assign(messageOf(packet, 5), { length: 0 }))).toBe(KEEPALIVE);
    expect([check(messageOf(packet, 5)), check(messageOf(new Uint8Array(40), 5))]).toEqual([REFUSED, REFUSED]);
    expect([count('replayed'), count('not-ip')]).toEqual([2, 0]);
  });

  test('takes both halves of a counter', () => {
    const { packet, messageOf, check } = session();
    expect(check(Object.assign(messageOf(packet, 5), { counterHigh: 1 }))).toBe(100);
    expect(check(messageOf(packet, 6)), 'too old by then').toBe(REFUSED);
  });

  test('drops what is no IP packet, is longer than its message, or of a foreign source, and marks the counter', () => {
    const { near, far, packet, messageOf, check, count } = session();
    const foreign = innerPacket({ from: '10.7.0.1', to: far.inner, bytes: 100, id: 9 });
    const long = packet.slice();
    long[3] = packet.length + PADDING + 1;
    const messages = [new Uint8Array(40), long, foreign];
    expect(messages.map((octets, i) => check(messageOf(octets, 5 + i)))).toEqual([DROPPED, DROPPED, DROPPED]);
    expect([count('not-ip'), count('source-not-allowed')]).toEqual([2, 1]);
    expect(check(messageOf(packet, 6))).toBe(REFUSED);
    expect(far.told('dropped')).toHaveLength(0);
    far.drain();
    const told = far.told('dropped').find(({ reason }) => reason === 'source-not-allowed');
    expect(told).toMatchObject({ peer: near.publicKey, detail: '10.7.0.1' });
  });

  test('applies the outer ECN field to the packet, and drops packets without ECN support that are marked', () => {
    const { near, far, packet, messageOf, check, count } = session();
    const capable = messageOf(innerPacket({ from: near.inner, to: far.inner, bytes: 100, id: 9, ecn: 2 }), 5);
    expect(check(Object.assign(capable, { outerEcn: 3 }))).toBe(100);
    expect(readEcn(capable.bytes, AT)).toBe(3);
    expect(check(Object.assign(messageOf(packet, 6), { outerEcn: 3 }))).toBe(DROPPED);
    expect(count('congestion-marked')).toBe(1);
  });
});
