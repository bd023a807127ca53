import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/core/bytes.ts';
import { NS_PER_S } from '../../src/core/time.ts';
import type { Keypair } from '../../src/tunnel/wireguard/peer/keypair.ts';
import { type End, publicKeyOf, randomFrom, randomOctets, TunnelWorld } from '../support/tunnel-link.ts';

/** The points of low order on Curve25519 and its twist, and their values with p added (netns.sh; cr.yp.to/ecdh.html#validate). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

const zeroes = (bytes: Uint8Array | undefined): boolean => bytes?.every((octet) => octet === 0) ?? false;

function session(): { world: TunnelWorld; near: End; far: End } {
  const pair = TunnelWorld.pair();
  pair.near.send(pair.far);
  pair.world.settle();
  return pair;
}

/** Puts the other's new public key in the place of the old one. */
function meetAgain(end: End, before: Uint8Array, other: End): void {
  end.configure({ peers: [{ publicKey: before, remove: true }] });
  end.knows(other);
}

describe('invalid peers', () => {
  test.each(LOW_ORDER)('a public key of low order is kept, and nothing is ever sent to it (%s)', (hex) => {
    const world = new TunnelWorld();
    const end = world.add('end');
    const peer = {
      publicKey: fromHex(hex) ?? new Uint8Array(),
      endpoint: { address: '192.0.2.99', port: 9 },
      persistentKeepaliveSeconds: 1,
      allowedIps: [{ remove: false, prefix: { octets: new Uint8Array(4), bits: 0 } }],
    };
    end.up();
    end.configure({ peers: [peer] });
    for (let i = 0; i < 30; i++) {
      end.send({ inner: '10.0.0.77' });
      world.run(1);
    }
    expect(world.wire).toEqual([]);
    expect(end.device.status('end').peers).toHaveLength(1);
    expect(end.count('unusable-key')).toBe(30);
  });

  test('the own public key is ignored as a peer, and goes when it becomes the own', () => {
    const world = new TunnelWorld();
    const [end, other] = [world.add('end'), world.add('other')];
    end.knows(end);
    expect(end.device.status('end').peers).toEqual([]);
    end.knows(other);
    expect(end.device.status('end').peers).toHaveLength(1);
    end.configure({ privateKey: other.privateKey, peers: [] });
    expect(end.device.status('end').peers).toEqual([]);
  });

  test('a private key is clamped when it is set, and a zero one takes it away (netns.sh)', () => {
    const world = new TunnelWorld();
    const end = world.add('end', { privateKey: new Uint8Array(32).fill(0xff) });
    const { privateKey, publicKey } = end.device.status('end');
    expect([privateKey?.[0], privateKey?.[31]]).toEqual([0xf8, 0x7f]);
    expect(publicKey).toEqual(end.publicKey);
    end.configure({ privateKey: new Uint8Array(32), peers: [] });
    expect(end.device.status('end')).toMatchObject({ privateKey: null, publicKey: null });
  });
});

describe('another private key in the middle of a session', () => {
  test.each(['near', 'far'] as const)(
    'at the %s end: what the peer still sends arrives, the next packet is under new keys',
    (which) => {
      const { world, near, far } = session();
      world.run(6);
      const [changed, other] = which === 'near' ? [near, far] : [far, near];
      const before = changed.publicKey;
      const key = changed.sendingKey(other);
      changed.privateKey = randomOctets(randomFrom(77), 32);
      changed.configure({ privateKey: changed.privateKey, peers: [] });
      expect(changed.sendingKey(other)).toBeNull();
      const received = changed.received.length;
      other.send(changed);
      world.settle();
      expect(changed.received.length, 'under the old keys').toBe(received + 1);
      const data = world.seen('data', changed).length;
      changed.send(other);
      world.run(1);
      expect(world.seen('data', changed), 'nothing more is sealed with the old ones').toHaveLength(data);
      expect(other.count('unknown-peer')).toBe(1);
      meetAgain(other, before, changed);
      world.run(6);
      expect(other.sendingKey(changed)?.isValid(world.now)).toBe(true);
      expect(changed.sendingKey(other)).not.toBe(key);
      expect(other.received.at(-1)?.packet).toBeDefined();
      const count = other.received.length;
      changed.send(other);
      world.settle();
      expect(other.received).toHaveLength(count + 1);
    },
  );

  test('the same key again changes nothing', () => {
    const { world, near, far } = session();
    const key = near.sendingKey(far);
    near.configure({ privateKey: near.privateKey, peers: [] });
    world.settle();
    expect(near.sendingKey(far)).toBe(key);
    expect(world.wire).toHaveLength(3);
  });

  test('what waits for a key is tried at once under the new identity', () => {
    const { world, near, far } = TunnelWorld.pair();
    const after = randomOctets(randomFrom(78), 32);
    near.send(far);
    world.link = () => [];
    world.run(2);
    meetAgain(far, near.publicKey, Object.assign(near, { privateKey: after }));
    world.link = () => [1e6];
    near.configure({ privateKey: after, peers: [] });
    world.run(1);
    expect(far.receivedIds).toEqual([0]);
  });
});

describe('a device that goes down', () => {
  test('sends nothing, takes nothing, zeroes its keys and forgets what waited', () => {
    const { world, near, far } = session();
    near.knows(far, { persistentKeepaliveSeconds: 5 });
    const key = near.sendingKey(far) as Keypair;
    near.send(far);
    world.settle();
    near.down();
    world.wire.length = 0;
    expect(near.device.pollTimeout()).toBeUndefined();
    expect([key.sendKey, key.receiveKey].every(zeroes)).toBe(true);
    near.send(far);
    far.send(near);
    world.run(600);
    expect(world.seen(null, near)).toEqual([]);
    expect(near.receivedIds).toEqual([]);
    expect(near.statusOf(far).endpoint, 'its configuration stays').toEqual(far.at);
  });

  test('forgets handshake messages that wait', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    const [initiation] = world.seen('initiation');
    // A turn works four off, and it is the fifth.
    const others = [1, 2, 3, 4].map((octet) => initiation?.bytes.with(147, octet).with(117, octet));
    for (const bytes of [...others, initiation?.bytes]) far.arrive(bytes ?? new Uint8Array(), near.at);
    far.driver.turn();
    expect(far.count('bad-mac1')).toBe(4);
    expect(far.device.pollTimeout()).toBe(0);
    far.driver.change({ isUp: false });
    far.driver.change({ isUp: true });
    expect(far.device.pollTimeout()).toBeUndefined();
    far.drain();
    expect(world.seen('response')).toEqual([]);
  });

  test('works again when it comes up, at once', () => {
    const { world, near, far } = session();
    for (const end of [near, far]) {
      end.down();
      end.up();
      near.send(far);
      world.settle();
      far.send(near);
      world.settle();
    }
    // The second time near still has its old session, which far does not know any more: lost until 15 s pass.
    expect(far.received.length).toBeGreaterThanOrEqual(2);
    world.run(16);
    near.send(far);
    world.settle();
    expect(far.receivedIds.at(-1)).toBe(3);
  });
});

describe('over a long time', () => {
  test('1000 handshakes leave no index behind, and every key that was replaced is zero', () => {
    const { world, near, far } = session();
    const seen = new Set<Keypair>();
    for (let i = 0; i < 1000; i++) {
      world.run(121);
      // Some are lost, and tried again.
      if (i % 10 === 0) {
        world.link = ({ kind }) => (kind === 'data' ? [1e7] : []);
        near.send(far);
        world.run(1);
        world.link = () => [1e7];
        world.run(6);
      }
      near.send(far);
      world.settle();
      for (const key of [near.sendingKey(far), far.sendingKey(near)]) if (key) seen.add(key);
    }
    expect(seen.size).toBe(2000);
    const alive = [...seen].filter(({ sendKey }) => !zeroes(sendKey));
    expect(alive.length, 'that of now and those before it').toBeLessThanOrEqual(6);
    expect(liveIndices(near, world) + liveIndices(far, world)).toBeLessThanOrEqual(6);
    expect(far.received.length).toBe(1101);
  }, 60_000);
});

/** Indices that messages to this end ever carried and that still find a session. */
function liveIndices(end: End, world: TunnelWorld): number {
  const carried = new Set(
    world.wire
      .filter(({ kind, by }) => by !== end.name && (kind === 'data' || kind === 'keepalive'))
      .map(({ bytes }) => new DataView(bytes.buffer).getUint32(4, true)),
  );
  const before = end.count('unknown-index');
  for (const index of carried) end.device.receivingKeypair(index, world.now);
  return carried.size - (end.count('unknown-index') - before);
}

describe('destroy()', () => {
  test('zeroes the private key, the preshared key, what both gave, and every session', () => {
    const secrets = new Map<string, Uint8Array>();
    const world = new TunnelWorld();
    const near = world.add('near');
    const far = world.add('far');
    near.knows(far, { presharedKey: new Uint8Array(32).fill(9) });
    far.knows(near, { presharedKey: new Uint8Array(32).fill(9) });
    for (const end of [near, far]) end.up();
    near.send(far);
    world.settle();
    const peer = near.device.peerAt(far.at);
    const key = near.sendingKey(far);
    if (!peer || !key) throw new Error('no session');
    world.run(121);
    world.link = () => [];
    near.send(far);
    secrets.set('send key', key.sendKey);
    secrets.set('receive key', key.receiveKey);
    secrets.set('preshared key', peer.presharedKey);
    secrets.set('shared secret', peer.staticShared ?? new Uint8Array());
    secrets.set('ephemeral key', peer.pending?.state.ephemeralPrivate ?? new Uint8Array());
    secrets.set('chaining key', peer.pending?.state.chainingKey ?? new Uint8Array());
    for (const [name, secret] of secrets) {
      expect(secret.length, name).toBe(32);
      expect(zeroes(secret), name).toBe(false);
    }
    near.close();
    for (const [name, secret] of secrets) expect(zeroes(secret), name).toBe(true);
    expect(near.device.status('near')).toMatchObject({ privateKey: null, peers: [] });
    expect(near.device.pollTimeout()).toBeUndefined();
  });

  test('a preshared key that is replaced is zeroed', () => {
    const { near, far } = session();
    near.knows(far, { presharedKey: new Uint8Array(32).fill(9) });
    const before = near.device.peerAt(far.at)?.presharedKey;
    expect(before?.[0]).toBe(9);
    near.knows(far, { presharedKey: new Uint8Array(32) });
    expect(zeroes(before)).toBe(true);
    expect(near.statusOf(far).presharedKey).toBeNull();
  });

  test('the keys of a handshake are gone once it is done', () => {
    const given: Uint8Array[] = [];
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    const pending = near.device.peerAt(far.at)?.pending;
    if (pending) given.push(pending.state.ephemeralPrivate, pending.state.chainingKey);
    expect(given.some(zeroes)).toBe(false);
    world.settle();
    expect(given.map(zeroes)).toEqual([true, true]);
  });
});

test('a device with 200 peers serves each, and its timers are those of the nearest', () => {
  const world = new TunnelWorld();
  const hub = world.add('hub', { inner: '10.200.0.1' });
  const random = randomFrom(5);
  hub.up();
  const peers = Array.from({ length: 200 }, (_, i) => ({
    publicKey: publicKeyOf(randomOctets(random, 32)),
    endpoint: { address: '192.0.2.200', port: 1000 + i },
    persistentKeepaliveSeconds: 10 + i,
  }));
  hub.configure({ peers });
  world.run(4.999);
  expect(world.seen('initiation', hub)).toHaveLength(200);
  expect(new Set(world.wire.map(({ to }) => to.port)).size).toBe(200);
  world.run(0.5);
  expect(world.seen('initiation', hub)).toHaveLength(400);
  expect((hub.device.pollTimeout() ?? 0) - world.now).toBeLessThan(5.334 * NS_PER_S);
});
