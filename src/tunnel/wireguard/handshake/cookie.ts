/**
 * The two MACs at the end of a handshake message, and cookies (whitepaper §5.4.4, §5.4.7, §5.3).
 *
 * mac1 proves that the sender knows the public key of the receiver. Under load, a responder answers with a cookie:
 * a MAC of the sender's address and port with a secret that changes every two minutes. mac2, computed with that
 * cookie, proves that the sender receives packets at its address.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import { writeU16be } from '../../../core/bytes.ts';
import type { Primitives } from '../../../core/primitives.ts';
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../../core/time.ts';
import { type CookieReply, encodeCookieReply, MAC_BYTES } from '../../../wire/wireguard.ts';
import { COOKIE_SECRET_TIME, COOKIE_USE_TIME } from '../constants.ts';
import type { PublicIdentity } from './identity.ts';

const SECRET_BYTES = 32;
const NONCE_BYTES = 24;
const ZERO_MAC = new Uint8Array(MAC_BYTES);

const mac1At = (message: Uint8Array): number => message.length - 2 * MAC_BYTES;
const mac2At = (message: Uint8Array): number => message.length - MAC_BYTES;

/** Checks the MACs of received messages and makes cookie replies. One for each device. */
export class CookieChecker {
  readonly #p: Primitives;
  readonly #random: (bytes: number) => Uint8Array;
  #secret: Uint8Array;
  #secretAt: Instant | null = null;

  constructor(p: Primitives, random: (bytes: number) => Uint8Array) {
    this.#p = p;
    this.#random = random;
    this.#secret = new Uint8Array(SECRET_BYTES);
  }

  /** Whether mac1 is correct for this public key. */
  hasMac1(self: PublicIdentity, message: Uint8Array): boolean {
    const at = mac1At(message);
    const expected = this.#p.mac(self.mac1Key, message.subarray(0, at));
    return sameMac(expected, message.subarray(at, at + MAC_BYTES));
  }

  /** Whether mac2 was computed with the current cookie of `from`. */
  hasMac2(from: Endpoint, message: Uint8Array, now: Instant): boolean {
    const at = mac2At(message);
    const expected = this.#p.mac(this.#cookieOf(from, now), message.subarray(0, at));
    return sameMac(expected, message.subarray(at));
  }

  /** Makes the cookie reply to a message with a correct mac1 and without a correct mac2. */
  reply(self: PublicIdentity, from: Endpoint, message: Uint8Array, senderIndex: number, now: Instant): Uint8Array {
    const nonce = this.#random(NONCE_BYTES);
    const at = mac1At(message);
    const mac1 = message.subarray(at, at + MAC_BYTES);
    const encryptedCookie = this.#p.xseal(self.cookieKey, nonce, this.#cookieOf(from, now), mac1);
    return encodeCookieReply({ receiverIndex: senderIndex, nonce, encryptedCookie });
  }

  /** Zeroes the secret. */
  destroy(): void {
    this.#secret.fill(0);
  }

  #cookieOf(from: Endpoint, now: Instant): Uint8Array {
    if (this.#secretAt === null || now - this.#secretAt >= COOKIE_SECRET_TIME) {
      this.#secret.fill(0);
      this.#secret = this.#random(SECRET_BYTES);
      this.#secretAt = now;
    }
    const port = new Uint8Array(2);
    writeU16be(port, 0, from.port);
    return this.#p.mac(this.#secret, parseIp(from.address)?.octets ?? ZERO_MAC, port);
  }
}

/** Adds the MACs to sent messages and keeps the cookie of the other end. One for each peer. */
export class CookieGenerator {
  readonly #p: Primitives;
  readonly #remote: PublicIdentity;
  #lastMac1: Uint8Array | null = null;
  #cookie: Uint8Array | null = null;
  #cookieAt: Instant = 0;

  constructor(p: Primitives, remote: PublicIdentity) {
    this.#p = p;
    this.#remote = remote;
  }

  /** Sets mac1 of a message, and mac2 if there is a current cookie. */
  addMacs(message: Uint8Array, now: Instant): void {
    const mac1 = this.#p.mac(this.#remote.mac1Key, message.subarray(0, mac1At(message)));
    message.set(mac1, mac1At(message));
    this.#lastMac1 = mac1;
    if (this.#cookie === null || now - this.#cookieAt >= COOKIE_USE_TIME) return;
    message.set(this.#p.mac(this.#cookie, message.subarray(0, mac2At(message))), mac2At(message));
  }

  /** Accepts the cookie in a reply to the last sent message, once for each message. False if the reply is not valid. */
  consume(reply: CookieReply, now: Instant): boolean {
    if (this.#lastMac1 === null) return false;
    const cookie = this.#p.xopen(this.#remote.cookieKey, reply.nonce, reply.encryptedCookie, this.#lastMac1);
    if (!cookie) return false;
    this.#lastMac1 = null;
    this.#cookie = cookie;
    this.#cookieAt = now;
    return true;
  }

  /** Zeroes the cookie. */
  destroy(): void {
    this.#cookie?.fill(0);
    this.#cookie = null;
  }
}

/** Compares in a time that does not depend on the contents. */
function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < MAC_BYTES; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
