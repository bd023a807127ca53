/**
 * What a handshake leaves in memory, however it ends. Every secret that the primitives hand out is kept here, and
 * looked at again when the attempt is over: zero, but for what is still in use.
 */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/bytes.ts';
import type { Endpoint } from '../../src/core/shapes/tunnel-config.ts';
import { NS_PER_MS, NS_PER_S } from '../../src/core/time.ts';
import { clampPrivateKey } from '../../src/tunnel/keys.ts';
import type { TunnelEvent } from '../../src/tunnel/wireguard/events.ts';
import { CookieGenerator } from '../../src/tunnel/wireguard/handshake/cookie.ts';
import { localIdentity, publicIdentity } from '../../src/tunnel/wireguard/handshake/identity.ts';
import { createInitiation } from '../../src/tunnel/wireguard/handshake/noise.ts';
import { driverOf } from '../support/tunnel-drivers.ts';
import { primitives, publicKeyOf, randomFrom, randomOctets } from '../support/tunnel-link.ts';

const NOW = 1000 * NS_PER_S;
const key = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);
const [ALICE, BOB] = [key(0x11), key(0x22)];
const AT: Endpoint = { address: '192.0.2.1', port: 51_820 };
/** Offsets in an initiation and a response (whitepaper §5.4.2, §5.4.3). */
const ENCRYPTED_STATIC = 40;
const ENCRYPTED_TIMESTAMP = 88;
const RESPONSE_EPHEMERAL = 12;
const ENCRYPTED_NOTHING = 44;

/** Primitives that keep what they hand out. */
function watched() {
  const secrets: Uint8Array[] = [];
  const keep = <T extends Uint8Array | null>(secret: T): T => {
    if (secret) secrets.push(secret);
    return secret;
  };
  return {
    secrets,
    keep,
    primitives: {
      ...primitives,
      dh: (a: Uint8Array, b: Uint8Array) => keep(primitives.dh(a, b)),
      hmac: (k: Uint8Array, ...parts: readonly Uint8Array[]) => keep(primitives.hmac(k, ...parts)),
    },
  };
}

/** A device with one peer, and the secrets that came up since it was set up. @param keepalive - begins a handshake at once */
function end(own: Uint8Array, peer: Uint8Array | null, keepalive: 0 | 25) {
  const watch = watched();
  const random = randomFrom(own[0] ?? 0);
  const deps = {
    primitives: watch.primitives,
    random: (bytes: number) => (bytes === 32 ? watch.keep(randomOctets(random, bytes)) : randomOctets(random, bytes)),
    wall: () => ({ seconds: 1_800_000_000, nanoseconds: 0 }),
    jitter: () => 0,
    keylog: null,
  };
  let now = NOW;
  const said: Uint8Array[] = [];
  const told: TunnelEvent[] = [];
  const driver = driverOf(deps, 1420, own[0] ?? 0, {
    now: () => now,
    transmit: (_, bytes) => void said.push(bytes.slice()),
    deliver: () => undefined,
    tell: (event) => void told.push(event),
  });
  const known = peer && {
    publicKey: publicKeyOf(peer),
    endpoint: AT,
    persistentKeepaliveSeconds: keepalive,
    presharedKey: key(5),
  };
  driver.configure({ privateKey: own, peers: known ? [known] : [] });
  watch.secrets.length = 0;
  driver.change({ isUp: true });
  driver.turn();
  const take = (message: Uint8Array, at = NOW): readonly string[] => {
    now = at;
    told.length = 0;
    driver.datagram(message, AT, 0);
    driver.turn();
    return told.flatMap((event) => (event.tag === 'dropped' ? [event.reason] : []));
  };
  return {
    device: driver.device,
    take,
    said: () => said.shift() ?? new Uint8Array(0),
    alive: () => alive(watch.secrets),
  };
}

const alive = (secrets: readonly Uint8Array[]): number =>
  secrets.filter((secret) => secret.some((octet) => octet !== 0)).length;

/** The same message with an octet changed, and macs that are right again. */
function forged(message: Uint8Array, at: number, to: Uint8Array): Uint8Array {
  const copy = message.slice();
  copy.fill((copy[at] ?? 0) ^ 1, at, at + 1);
  return withMacs(copy, to);
}

function withMacs(message: Uint8Array, to: Uint8Array): Uint8Array {
  new CookieGenerator(primitives, publicIdentity(primitives, publicKeyOf(to))).addMacs(message, NOW);
  return message;
}

describe('an initiation that comes', () => {
  const initiation = end(ALICE, BOB, 25).said();

  test('that is answered leaves the two keys of the session', () => {
    const bob = end(BOB, ALICE, 0);
    expect([bob.take(initiation), initiation.length]).toEqual([[], 148]);
    expect(bob.alive()).toBe(2);
    bob.device.down();
    expect(bob.alive()).toBe(0);
  });

  test.each<readonly [string, Uint8Array, Uint8Array | null]>([
    ['unknown-peer', initiation, null],
    ['not-for-us', forged(initiation, ENCRYPTED_STATIC, BOB), ALICE],
    ['forged-initiation', forged(initiation, ENCRYPTED_TIMESTAMP, BOB), ALICE],
  ])('that is refused as %s leaves nothing', (reason, message, peer) => {
    const bob = end(BOB, peer, 0);
    expect(bob.take(message)).toEqual([reason]);
    expect(bob.alive()).toBe(0);
  });

  test('that comes again, or too soon, leaves nothing', () => {
    const bob = end(BOB, ALICE, 0);
    bob.take(initiation);
    expect(bob.take(initiation, NOW + NS_PER_S)).toEqual(['old-timestamp']);
    expect(bob.alive()).toBe(2);
    const later = localIdentity(primitives, ALICE);
    const shared = primitives.dh(later.privateKey, publicKeyOf(BOB)) ?? key(0);
    const fields = { senderIndex: 7, ephemeralPrivate: key(9), timestamp: new Uint8Array(12).fill(0xff) };
    const made = createInitiation(primitives, later, publicKeyOf(BOB), shared, fields);
    expect(bob.take(withMacs(made?.message ?? key(0), BOB), NOW + NS_PER_MS)).toEqual(['initiation-flood']);
    expect(bob.alive()).toBe(2);
  });
});

describe('an attempt of this end', () => {
  const answer = (alice: ReturnType<typeof end>): Uint8Array => {
    const bob = end(BOB, ALICE, 0);
    bob.take(alice.said());
    return bob.said();
  };

  test('keeps two secrets while it waits, and none when it is given up', () => {
    const alice = end(ALICE, BOB, 25);
    expect(alice.alive()).toBe(2);
    alice.device.down();
    expect(alice.alive()).toBe(0);
  });

  test('whose response is right leaves the two keys of the session', () => {
    const alice = end(ALICE, BOB, 25);
    expect(alice.take(answer(alice))).toEqual([]);
    expect(alice.alive()).toBe(2);
  });

  test('whose response is forged, or has an ephemeral key of low order, keeps what it had', () => {
    const alice = end(ALICE, BOB, 25);
    const response = answer(alice);
    expect(alice.take(forged(response, ENCRYPTED_NOTHING, ALICE))).toEqual(['bad-response']);
    expect(alice.alive()).toBe(2);
    const low = response.slice();
    low.fill(0, RESPONSE_EPHEMERAL, RESPONSE_EPHEMERAL + 32);
    // Of drops for one reason the second is told a second later.
    expect(alice.take(withMacs(low, ALICE), NOW + NS_PER_S)).toEqual(['bad-response']);
    expect(alice.alive()).toBe(2);
  });

  test('that a low-order key ends leaves nothing', () => {
    const { secrets, primitives: p } = watched();
    const ephemeralPrivate = key(9);
    const fields = { senderIndex: 1, ephemeralPrivate, timestamp: new Uint8Array(12) };
    expect(createInitiation(p, localIdentity(p, ALICE), new Uint8Array(32), key(3), fields)).toBe(null);
    expect([alive(secrets), alive([ephemeralPrivate])]).toEqual([0, 0]);
  });

  test('a private key that is set again leaves no copy', () => {
    const alice = end(ALICE, null, 0);
    const copies: Uint8Array[] = [];
    const slice = Uint8Array.prototype.slice;
    Uint8Array.prototype.slice = function (this: Uint8Array, ...range) {
      const copy = slice.apply(this, range);
      if (copy.length === 32) copies.push(copy);
      return copy;
    } as typeof slice;
    try {
      alice.device.configure({ privateKey: ALICE, peers: [] }, NOW);
    } finally {
      Uint8Array.prototype.slice = slice;
    }
    expect(copies.map((copy) => toHex(copy))).not.toContain(toHex(clampPrivateKey(ALICE)));
    expect(copies.map((copy) => toHex(copy))).toContain('00'.repeat(32));
  });
});
