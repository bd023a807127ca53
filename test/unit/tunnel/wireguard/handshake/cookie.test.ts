import { describe, expect, test } from 'vitest';
import { NS_PER_S } from '../../../../../src/core/time.ts';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { CookieChecker, CookieGenerator } from '../../../../../src/tunnel/wireguard/handshake/cookie.ts';
import { publicIdentity } from '../../../../../src/tunnel/wireguard/handshake/identity.ts';
import { type CookieReply, decodeMessage } from '../../../../../src/wire/wireguard.ts';
import { COOKIE, KERNEL, OURS } from '../../../../support/golden-handshakes.ts';

const p = createPrimitives(nodeAead);
const RESPONDER = publicIdentity(p, KERNEL.responderPublic);
const FROM = COOKIE.from;
const flip = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 4);

/** What the kernel sent, before it had macs. */
const bare = (message: Uint8Array = KERNEL.initiation): Uint8Array => message.slice().fill(0, message.length - 32);

/** Gives the nonce of the vector, and its secret first; each later secret is another. */
function randomness() {
  let secrets = 0;
  return (bytes: number): Uint8Array => {
    if (bytes === 24) return COOKIE.nonce.slice();
    const secret = COOKIE.secret.slice();
    secret[0] = secrets++;
    return secret;
  };
}

const checkerOf = () => new CookieChecker(p, randomness());

function replyOf(bytes: Uint8Array): CookieReply {
  const message = decodeMessage(bytes);
  if (message?.tag !== 'cookie-reply') throw new Error('no cookie reply');
  return message;
}

/** A holder that has sent the initiation and got its cookie, and the checker that gave it, at 0. */
function cookied() {
  const checker = checkerOf();
  const holder = new CookieGenerator(p, RESPONDER);
  const first = bare();
  holder.addMacs(first, 0);
  const reply = replyOf(checker.reply(RESPONDER, FROM, first, KERNEL.initiatorIndex, 0));
  return { checker, holder, first, reply };
}

describe('mac1', () => {
  test.each([
    ['the initiation of a kernel', KERNEL.initiation, KERNEL.responderPublic],
    ['the response of a kernel', KERNEL.response, KERNEL.initiatorPublic],
    ['our initiation', OURS.initiation, OURS.responderPublic],
    ['our response', OURS.response, OURS.initiatorPublic],
  ])('addMacs() and hasMac1() agree with %s', (_, message, receiver) => {
    const identity = publicIdentity(p, receiver);
    const made = bare(message);
    new CookieGenerator(p, identity).addMacs(made, 0);
    expect(made).toEqual(message);
    expect(checkerOf().hasMac1(identity, message)).toBe(true);
  });

  test('hasMac1() refuses any octet that was changed but those of mac2', () => {
    const checker = checkerOf();
    for (let at = 0; at < 148; at++) {
      expect(checker.hasMac1(RESPONDER, flip(KERNEL.initiation, at)), `octet ${at}`).toBe(at >= 132);
    }
  });

  test('hasMac1() refuses a message for another', () => {
    expect(checkerOf().hasMac1(publicIdentity(p, KERNEL.initiatorPublic), KERNEL.initiation)).toBe(false);
  });
});

describe('the cookie', () => {
  test('reply() gives the vector, byte for byte', () => {
    const { checker } = cookied();
    expect(checker.reply(RESPONDER, FROM, KERNEL.initiation, KERNEL.initiatorIndex, 0)).toEqual(
      Uint8Array.of(3, 0, 0, 0, 0xd8, 0x37, 0xd0, 0x30, ...COOKIE.nonce, ...COOKIE.encrypted),
    );
  });

  test('addMacs() makes mac2 of it as the vector has it, and hasMac2() knows it', () => {
    const { checker, holder, reply } = cookied();
    expect(holder.consume(reply, 0)).toBe(true);
    const second = bare();
    holder.addMacs(second, 1);
    expect(second.slice(0, 132)).toEqual(KERNEL.initiation.slice(0, 132));
    expect(second.slice(132)).toEqual(COOKIE.mac2);
    expect(checker.hasMac2(FROM, second, 1)).toBe(true);
  });

  test('hasMac2() refuses a message without mac2, and any octet that was changed', () => {
    const { checker, holder, first, reply } = cookied();
    expect(checker.hasMac2(FROM, first, 0)).toBe(false);
    holder.consume(reply, 0);
    const second = bare();
    holder.addMacs(second, 0);
    for (let at = 0; at < 148; at++) {
      expect(checker.hasMac2(FROM, flip(second, at), 0), `octet ${at}`).toBe(false);
    }
  });

  test.each([
    ['another address', { address: '192.0.2.2', port: 443 }],
    ['another port', { address: '192.0.2.1', port: 444 }],
    ['a port with its octets exchanged', { address: '192.0.2.1', port: 0xbb01 }],
    ['the address mapped into IPv6', { address: '::ffff:192.0.2.1', port: 443 }],
  ])('hasMac2() refuses a cookie that came from %s', (_, from) => {
    const { checker, holder, reply } = cookied();
    holder.consume(reply, 0);
    const second = bare();
    holder.addMacs(second, 0);
    expect(checker.hasMac2(from, second, 0)).toBe(false);
    expect(checker.hasMac2(FROM, second, 0)).toBe(true);
  });

  test('hasMac2() tells IPv6 addresses apart in their last octet, however they are written', () => {
    const from = { address: '2001:db8::1', port: 443 };
    const checker = checkerOf();
    const holder = new CookieGenerator(p, RESPONDER);
    const message = bare();
    holder.addMacs(message, 0);
    holder.consume(replyOf(checker.reply(RESPONDER, from, message, 1, 0)), 0);
    holder.addMacs(message, 0);
    expect(checker.hasMac2({ address: '2001:db8:0::0:1', port: 443 }, message, 0)).toBe(true);
    expect(checker.hasMac2({ address: '2001:db8::2', port: 443 }, message, 0)).toBe(false);
    expect(checker.hasMac2({ address: '2001:db8:1::1', port: 443 }, message, 0)).toBe(false);
  });

  test('hasMac2() refuses a cookie when the secret is 120 s old (whitepaper §5.4.7)', () => {
    const { checker, holder, reply } = cookied();
    holder.consume(reply, 0);
    const second = bare();
    holder.addMacs(second, 0);
    expect(checker.hasMac2(FROM, second, 120 * NS_PER_S - 1)).toBe(true);
    expect(checker.hasMac2(FROM, second, 120 * NS_PER_S)).toBe(false);
    expect(checker.hasMac2(FROM, second, 0)).toBe(false);
  });

  test('a secret lasts 120 s from its first use, not from the last', () => {
    const { checker, first } = cookied();
    const at = (seconds: number) => checker.reply(RESPONDER, FROM, first, 1, seconds * NS_PER_S);
    const [before, same, next] = [at(60), at(119), at(121)];
    expect(same).toEqual(before);
    expect(next).not.toEqual(before);
    expect(at(240)).toEqual(next);
    expect(at(241)).not.toEqual(next);
  });

  test('addMacs() uses a cookie for 115 s, then leaves mac2 zero', () => {
    const { holder, reply } = cookied();
    holder.consume(reply, 1000 * NS_PER_S);
    const mac2At = (now: number): Uint8Array => {
      const message = bare();
      holder.addMacs(message, now);
      return message.slice(132);
    };
    expect(mac2At(1115 * NS_PER_S - 1)).toEqual(COOKIE.mac2);
    expect(mac2At(1115 * NS_PER_S)).toEqual(new Uint8Array(16));
  });

  test('consume() refuses a reply that was changed, and takes the right one after it', () => {
    const { holder, reply } = cookied();
    for (let at = 0; at < 24; at++) expect(holder.consume({ ...reply, nonce: flip(reply.nonce, at) }, 0)).toBe(false);
    for (let at = 0; at < 32; at++) {
      expect(holder.consume({ ...reply, encryptedCookie: flip(reply.encryptedCookie, at) }, 0)).toBe(false);
    }
    const message = bare();
    holder.addMacs(message, 0);
    expect(message.slice(132)).toEqual(new Uint8Array(16));
    expect(holder.consume(reply, 0)).toBe(true);
  });

  test('consume() takes one reply for each message sent, and none before', () => {
    const { holder, reply } = cookied();
    expect(new CookieGenerator(p, RESPONDER).consume(reply, 0)).toBe(false);
    expect(holder.consume(reply, 0)).toBe(true);
    expect(holder.consume(reply, 0)).toBe(false);
    holder.addMacs(bare(), 0);
    expect(holder.consume(reply, 0)).toBe(true);
  });

  test('consume() refuses a reply to another message than the last', () => {
    const { holder, reply } = cookied();
    holder.addMacs(bare().fill(1, 4, 8), 0);
    expect(holder.consume(reply, 0)).toBe(false);
  });

  test('consume() refuses a reply by another responder', () => {
    const { checker, holder, first } = cookied();
    const stranger = publicIdentity(p, OURS.responderPublic);
    expect(holder.consume(replyOf(checker.reply(stranger, FROM, first, 1, 0)), 0)).toBe(false);
  });

  test('a secret is drawn when it is first needed, never one of zeroes', () => {
    const drawn: number[] = [];
    const checker = new CookieChecker(p, (bytes) => {
      drawn.push(bytes);
      return new Uint8Array(bytes).fill(7);
    });
    const forged = bare();
    forged.set(p.mac(p.mac(new Uint8Array(32), Uint8Array.of(192, 0, 2, 1, 1, 0xbb)), forged.subarray(0, 132)), 132);
    expect(drawn).toEqual([]);
    expect(checker.hasMac2(FROM, forged, 0)).toBe(false);
    expect(drawn).toEqual([32]);
  });
});
