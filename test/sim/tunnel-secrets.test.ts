/**
 * What a handshake that comes to nothing leaves in memory: nothing.
 */
import { describe, expect, test } from 'vitest';
import { wipeSecrets } from '../../src/core/shapes/tunnel-secrets.ts';
import { NS_PER_MS } from '../../src/core/time.ts';
import { localIdentity } from '../../src/tunnel/wireguard/handshake/identity.ts';
import {
  authenticateInitiation,
  consumeResponse,
  createInitiation,
  createResponse,
  decryptInitiation,
} from '../../src/tunnel/wireguard/handshake/noise.ts';
import { decodeMessage } from '../../src/wire/wireguard.ts';
import { type End, primitives, randomFrom, randomOctets, TunnelWorld } from '../support/tunnel-link.ts';
import { WatchedSecrets } from '../support/watched-secrets.ts';

const LOW_ORDER = new Uint8Array(32);
const secret = (seed: number): Uint8Array => randomOctets(randomFrom(seed), 32);

/** Two ends, of which the far one is watched. */
function watchedPair(): { world: TunnelWorld; near: End; far: End; secrets: WatchedSecrets } {
  const secrets = new WatchedSecrets(primitives);
  const world = new TunnelWorld();
  const near = world.add('near');
  const far = world.add('far', { primitives: secrets.primitives });
  near.knows(far);
  for (const end of [near, far]) end.up();
  return { world, near, far, secrets };
}

describe('an initiation that is refused leaves no secret', () => {
  test('of a peer that is not known', () => {
    const { world, near, far, secrets } = watchedPair();
    secrets.clear();
    near.send(far);
    world.run(1);
    expect(far.count('unknown-peer')).toBeGreaterThan(0);
    expect([secrets.count > 4, secrets.left]).toEqual([true, []]);
  });

  test('that came before', () => {
    const { world, near, far, secrets } = watchedPair();
    far.knows(near);
    near.send(far);
    world.settle();
    const initiation = world.wire.find(({ kind }) => kind === 'initiation');
    secrets.clear();
    far.take(initiation?.bytes ?? new Uint8Array(), near.at);
    expect(far.count('old-timestamp')).toBe(1);
    expect([secrets.count > 4, secrets.left]).toEqual([true, []]);
  });

  test('that follows another too soon', () => {
    const { world, near, far, secrets } = watchedPair();
    const twin = world.add('twin', { privateKey: near.privateKey });
    far.knows(near);
    twin.knows(far);
    twin.up();
    twin.wallOffset = 500 * NS_PER_MS;
    near.send(far);
    world.settle();
    world.link = () => [];
    twin.send(far);
    const initiation = world.wire.findLast(({ kind }) => kind === 'initiation');
    secrets.clear();
    // Where the clock of the test has gone on since, the first is no longer near.
    const peer = far.device.peerAt(near.at);
    if (peer) peer.lastInitiationAt = world.now - 10 * NS_PER_MS;
    far.take(initiation?.bytes ?? new Uint8Array(), near.at);
    expect(far.count('initiation-flood')).toBe(1);
    expect([secrets.count > 4, secrets.left]).toEqual([true, []]);
  });
});

test('a private key that is the same again leaves no second copy', () => {
  const { far, secrets } = watchedPair();
  secrets.clear();
  far.configure({ privateKey: far.privateKey, peers: [] });
  expect([secrets.count, secrets.left]).toEqual([1, []]);
});

test('wipeSecrets() zeroes what is secret of a change and of a status, and nothing else', () => {
  const peer = { publicKey: secret(5), presharedKey: secret(6) };
  wipeSecrets({ peers: [{ publicKey: secret(5) }] });
  const change = { privateKey: secret(7), peers: [peer] };
  wipeSecrets(change);
  expect([change.privateKey, peer.presharedKey]).toEqual([new Uint8Array(32), new Uint8Array(32)]);
  expect(peer.publicKey).toEqual(secret(5));
});

describe('a step of the handshake that fails leaves no secret', () => {
  const initiator = localIdentity(primitives, secret(1));
  const responder = localIdentity(primitives, secret(2));
  const shared = (): Uint8Array => primitives.dh(secret(1), responder.publicKey) ?? new Uint8Array();
  const initiate = (p = primitives, to = responder.publicKey) =>
    createInitiation(p, initiator, to, shared(), {
      senderIndex: 1,
      ephemeralPrivate: secret(3),
      timestamp: new Uint8Array(12),
    });
  const initiation = () => {
    const message = decodeMessage(initiate()?.message ?? new Uint8Array());
    if (message?.tag !== 'initiation') throw new Error('no initiation');
    return message;
  };
  const accepted = () => {
    const opened = decryptInitiation(primitives, responder, initiation());
    const authentic = opened && authenticateInitiation(primitives, opened, initiation(), shared());
    if (!authentic) throw new Error('refused');
    return authentic.state;
  };
  const leftBy = (step: (watched: WatchedSecrets) => unknown): readonly string[] => {
    const watched = new WatchedSecrets(primitives);
    expect(step(watched)).toBeNull();
    expect(watched.count).toBeGreaterThan(0);
    return watched.left;
  };

  test('createInitiation() for a key of low order', () => {
    expect(leftBy(({ primitives: p }) => initiate(p, LOW_ORDER))).toEqual([]);
  });

  test('decryptInitiation() of a message that was changed', () => {
    const encryptedStatic = initiation().encryptedStatic.with(0, 0).with(1, 0);
    const left = leftBy(({ primitives: p }) => decryptInitiation(p, responder, { ...initiation(), encryptedStatic }));
    expect(left).toEqual([]);
  });

  test('authenticateInitiation() of a message that was changed', () => {
    const encryptedTimestamp = initiation().encryptedTimestamp.with(0, 0).with(1, 0);
    const opened = decryptInitiation(primitives, responder, initiation());
    if (!opened) throw new Error('refused');
    const message = { ...initiation(), encryptedTimestamp };
    expect(leftBy(({ primitives: p }) => authenticateInitiation(p, opened, message, shared()))).toEqual([]);
    expect(opened.chainingKey).toEqual(new Uint8Array(32));
  });

  test.each([
    ['ephemeral', true],
    ['static', false],
  ])('createResponse() to an %s key of low order', (_, isEphemeral) => {
    const state = { ...accepted(), ...(isEphemeral ? { remoteEphemeral: LOW_ORDER } : {}) };
    const remote = isEphemeral ? initiator.publicKey : LOW_ORDER;
    const fields = { senderIndex: 2, ephemeralPrivate: secret(4) };
    expect(leftBy(({ primitives: p }) => createResponse(p, state, remote, new Uint8Array(32), fields))).toEqual([]);
    expect([state.chainingKey, fields.ephemeralPrivate]).toEqual([new Uint8Array(32), new Uint8Array(32)]);
  });

  test('consumeResponse() of a message that was changed: only what the handshake waits with stays', () => {
    const fields = { senderIndex: 2, ephemeralPrivate: secret(4) };
    const made = createResponse(primitives, accepted(), initiator.publicKey, new Uint8Array(32), fields);
    const message = decodeMessage(made?.message ?? new Uint8Array());
    const pending = initiate();
    if (message?.tag !== 'response' || !pending) throw new Error('no response');
    const changed = { ...message, encryptedNothing: message.encryptedNothing.with(0, 0).with(1, 0) };
    const left = leftBy(({ primitives: p }) =>
      consumeResponse(p, pending.state, initiator, new Uint8Array(32), changed),
    );
    expect(left).toEqual([]);
    expect(pending.state.chainingKey).not.toEqual(new Uint8Array(32));
  });
});
