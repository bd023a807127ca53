import { describe, expect, test } from 'vitest';
import { NS_PER_S } from '../../../../../src/core/time.ts';
import { Keypair } from '../../../../../src/tunnel/wireguard/peer/keypair.ts';
import type { Peer } from '../../../../../src/tunnel/wireguard/peer/peer.ts';

/** Far below REKEY_AFTER_MESSAGES, but as far as half of what a number counts exactly. */
const REKEY_COUNTER = 2 ** 52;
const CREATED = 1000 * NS_PER_S;
const at = (seconds: number): number => CREATED + seconds * NS_PER_S;

function keypairOf(isInitiator = true): Keypair {
  return new Keypair({
    // A keypair only hands its peer on.
    peer: {} as Peer,
    isInitiator,
    localIndex: 0x1122_3344,
    remoteIndex: 0xaabb_ccdd,
    keys: { send: new Uint8Array(32).fill(1), receive: new Uint8Array(32).fill(2) },
    createdAt: CREATED,
  });
}

describe('takeCounters()', () => {
  test('begins at 0 and gives each counter once', () => {
    const keypair = keypairOf();
    expect([1, 1, 5, 1, 128, 1].map((n) => keypair.takeCounters(n))).toEqual([0, 1, 2, 7, 8, 136]);
  });

  test.each([
    ['the last one that a number counts', Number.MAX_SAFE_INTEGER - 1, 1, Number.MAX_SAFE_INTEGER - 1],
    ['one beyond it', Number.MAX_SAFE_INTEGER, 1, -1],
    ['some that end at it', Number.MAX_SAFE_INTEGER - 64, 64, Number.MAX_SAFE_INTEGER - 64],
    ['some that end beyond it', Number.MAX_SAFE_INTEGER - 63, 64, -1],
  ])('gives %s, or -1', (_, next, n, first) => {
    const keypair = keypairOf();
    keypair.counter = next;
    expect(keypair.takeCounters(n)).toBe(first);
  });

  test('takes nothing when it refuses: fewer may still fit', () => {
    const keypair = keypairOf();
    keypair.counter = Number.MAX_SAFE_INTEGER - 2;
    expect([3, 2, 1].map((n) => keypair.takeCounters(n))).toEqual([-1, Number.MAX_SAFE_INTEGER - 2, -1]);
  });

  test('gives none at REJECT_AFTER_MESSAGES, which a number only comes near (whitepaper §6.1)', () => {
    const keypair = keypairOf();
    keypair.counter = 2 ** 64 - 2 ** 13;
    expect(keypair.takeCounters(1)).toBe(-1);
  });
});

describe('isValid()', () => {
  test.each([true, false])('lasts 180 s, whoever began (initiator: %s; REJECT_AFTER_TIME)', (isInitiator) => {
    const keypair = keypairOf(isInitiator);
    expect(keypair.isValid(CREATED)).toBe(true);
    expect(keypair.isValid(at(180) - 1)).toBe(true);
    expect(keypair.isValid(at(180))).toBe(false);
  });
});

describe('wantsRekey()', () => {
  test('is asked of the initiator from 120 s on (REKEY_AFTER_TIME)', () => {
    const keypair = keypairOf(true);
    expect(keypair.wantsRekey(at(120) - 1)).toBe(false);
    expect(keypair.wantsRekey(at(120))).toBe(true);
  });

  test('is never asked of the responder by the clock', () => {
    expect(keypairOf(false).wantsRekey(at(179))).toBe(false);
  });

  test.each([true, false])('is asked of both ends when much was sent (initiator: %s)', (isInitiator) => {
    const keypair = keypairOf(isInitiator);
    keypair.counter = REKEY_COUNTER - 1;
    expect(keypair.wantsRekey(CREATED)).toBe(false);
    keypair.takeCounters(1);
    expect(keypair.wantsRekey(CREATED)).toBe(true);
  });
});

test('destroy() zeroes both keys, in place, and ends the validity', () => {
  const keys = { send: new Uint8Array(32).fill(1), receive: new Uint8Array(32).fill(2) };
  const keypair = new Keypair({
    peer: {} as Peer,
    isInitiator: true,
    localIndex: 1,
    remoteIndex: 2,
    keys,
    createdAt: 0,
  });
  keypair.destroy();
  expect([keypair.sendKey, keypair.receiveKey, keys.send, keys.receive]).toEqual(Array(4).fill(new Uint8Array(32)));
  expect(keypair.isValid(0)).toBe(false);
});

test('each keypair has a replay window of its own', () => {
  const [one, other] = [keypairOf(), keypairOf()];
  expect([one.replay.accept(0, 0), one.replay.accept(0, 0), other.replay.accept(0, 0)]).toEqual([true, false, true]);
});
