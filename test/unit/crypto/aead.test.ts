import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Aead } from '../../../src/core/primitives.ts';
import { nobleAead } from '../../../src/crypto/aead-noble.ts';
import { nodeAead } from '../../../src/crypto/aead-node.ts';
import { opensslAead } from '../../../src/crypto/aead-openssl.ts';
import { loadLibc } from '../../../src/native/libc.ts';
import { loadOpenssl } from '../../../src/native/openssl.ts';
import { hex } from '../../support/golden-handshakes.ts';

const libc = loadLibc();
const openssl = libc && opensslAead(libc, loadOpenssl(libc).evp);
if (!openssl) console.warn('skipped: OpenSSL by address needs koffi, 64-bit Linux and a Node that exports EVP');

const AEADS: readonly Aead[] = [...(openssl ? [openssl] : []), nodeAead, nobleAead];
const PAIRS = AEADS.flatMap((one) => AEADS.map((other) => [one.name, other.name, one, other] as const));

/**
 * RFC 8439 A.5. Its other example (§2.8.2) has a nonce that begins with 07, which no counter of
 * WireGuard gives, so it cannot be asked of this interface.
 */
const RFC = {
  key: hex('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0'),
  // 01 02 03 04 05 06 07 08 of the nonce, little-endian.
  high: 0x0807_0605,
  low: 0x0403_0201,
  aad: hex('f33388860000000000004e91'),
  text: new TextEncoder().encode(
    'Internet-Drafts are draft documents valid for a maximum of six months and may be updated, replaced, or ' +
      'obsoleted by other documents at any time. It is inappropriate to use Internet-Drafts as reference material ' +
      'or to cite them other than as /\u201cwork in progress./\u201d',
  ),
  sealed: hex(
    '64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100' +
      'd4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e2b3506' +
      '383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83f' +
      'a1155b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627' +
      '097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709b' +
      'eead9d67890cbb22392336fea1851f38',
  ),
};

const COUNTERS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [0, 0xffff_ffff],
  [0x0102_0304, 0xfffe_fdfc],
  [0xffff_ffff, 0xffff_dffe],
] as const;

const KEY = pattern(32, 'key');
const AAD = pattern(12, 'aad');

describe.each(AEADS.map((aead) => [aead.name, aead] as const))('%s', (_, aead) => {
  test('seal() and open() compute the example (RFC 8439 A.5)', () => {
    const key = aead.key(RFC.key);
    expect(seal(aead, RFC.key, RFC.high, RFC.low, RFC.text, RFC.aad)).toEqual(RFC.sealed);
    const text = new Uint8Array(RFC.text.length);
    expect(key.open(RFC.high, RFC.low, RFC.sealed, text, RFC.aad)).toBe(true);
    expect(text).toEqual(RFC.text);
  });

  test('seal() agrees with node:crypto for every length up to 300, for 1420 and 65535', () => {
    for (const length of [...Array(301).keys(), 1420, 65_535]) {
      const text = pattern(length, 'text');
      const aad = length % 2 === 0 ? AAD : undefined;
      const sealed = seal(aead, KEY, 7, length, text, aad);
      expect(Buffer.compare(sealed, nodeSeal(KEY, 7, length, text, aad)), `${length} octets`).toBe(0);
    }
  });

  test.each(COUNTERS)('seal() encodes counter %d·2^32 + %d in the nonce as node:crypto does', (high, low) => {
    const text = pattern(100, 'text');
    expect(seal(aead, KEY, high, low, text)).toEqual(nodeSeal(KEY, high, low, text));
  });

  test('open() refuses a change of any octet of ciphertext, tag or associated data', () => {
    const key = aead.key(KEY);
    const sealed = nodeSeal(KEY, 0, 5, pattern(40, 'text'), AAD);
    const text = new Uint8Array(40);
    for (let i = 0; i < sealed.length; i++) {
      expect(key.open(0, 5, flip(sealed, i), text, AAD), `octet ${i}`).toBe(false);
    }
    for (let i = 0; i < AAD.length; i++) {
      expect(key.open(0, 5, sealed, text, flip(AAD, i)), `octet ${i} of the associated data`).toBe(false);
    }
    expect(key.open(0, 5, sealed, text)).toBe(false);
    expect(key.open(0, 5, sealed, text, AAD)).toBe(true);
  });

  test('open() refuses another counter, another key and every truncation', () => {
    const key = aead.key(KEY);
    const sealed = nodeSeal(KEY, 1, 2, pattern(20, 'text'));
    const text = new Uint8Array(20);
    for (const [high, low] of [
      [2, 1],
      [0, 2],
      [1, 3],
    ] as const)
      expect(key.open(high, low, sealed, text)).toBe(false);
    expect(aead.key(flip(KEY, 31)).open(1, 2, sealed, text)).toBe(false);
    for (let length = 0; length < sealed.length; length++) {
      expect(key.open(1, 2, sealed.subarray(0, length), text), `${length} octets`).toBe(false);
    }
  });

  test('seal() and open() work in place, and do not change octets after the output', () => {
    const key = aead.key(KEY);
    const text = pattern(77, 'text');
    const memory = new Uint8Array(120).fill(0xee);
    memory.set(text, 8);
    key.seal(3, 4, memory.subarray(8, 85), memory.subarray(8, 101));
    expect(memory.slice(8, 101)).toEqual(nodeSeal(KEY, 3, 4, text));
    expect(key.open(3, 4, memory.subarray(8, 101), memory.subarray(8, 85))).toBe(true);
    expect(memory.slice(8, 85)).toEqual(text);
    expect([...memory.slice(0, 8), ...memory.slice(101)]).toEqual(Array(27).fill(0xee));
  });

  test('a key is a copy: later changes of the octets by the caller have no effect', () => {
    const octets = KEY.slice();
    const key = aead.key(octets);
    octets.fill(0);
    const sealed = new Uint8Array(26);
    key.seal(0, 0, pattern(10, 'text'), sealed);
    expect(sealed).toEqual(nodeSeal(KEY, 0, 0, pattern(10, 'text')));
  });

  test('keys are independent of each other', () => {
    const other = pattern(32, 'other key');
    const [one, two] = [aead.key(KEY), aead.key(other)];
    const sealed = new Uint8Array(26);
    for (let counter = 0; counter < 4; counter++) {
      one.seal(0, counter, pattern(10, 'text'), sealed);
      expect(sealed).toEqual(nodeSeal(KEY, 0, counter, pattern(10, 'text')));
      expect(two.open(0, counter, sealed, new Uint8Array(10))).toBe(false);
      two.seal(0, counter, pattern(10, 'text'), sealed);
      expect(sealed).toEqual(nodeSeal(other, 0, counter, pattern(10, 'text')));
    }
  });

  test('destroy() zeroes the key, and does not change the octets of the caller', () => {
    const key = aead.key(KEY);
    const kept = aead.key(KEY);
    const sealed = new Uint8Array(26);
    key.destroy();
    key.seal(0, 0, pattern(10, 'text'), sealed);
    expect(sealed).toEqual(nodeSeal(new Uint8Array(32), 0, 0, pattern(10, 'text')));
    kept.seal(0, 0, pattern(10, 'text'), sealed);
    expect(sealed).toEqual(nodeSeal(KEY, 0, 0, pattern(10, 'text')));
    expect(KEY).toEqual(pattern(32, 'key'));
  });
});

test.each(PAIRS)('a message encrypted by %s is decrypted by %s', (_, __, one, other) => {
  for (const [high, low] of COUNTERS) {
    for (const length of [0, 1, 63, 64, 65, 256, 1420, 65_535]) {
      const text = pattern(length, 'text');
      const opened = new Uint8Array(length);
      const sealed = seal(one, KEY, high, low, text, AAD);
      expect(other.key(KEY).open(high, low, sealed, opened, AAD), `${length} octets`).toBe(true);
      expect(Buffer.compare(opened, text), `${length} octets`).toBe(0);
    }
  }
});

test.skipIf(!openssl)('openssl refuses messages that do not fit its memory', () => {
  const key = openssl?.key(KEY);
  const [large, output] = [new Uint8Array(65_537), new Uint8Array(65_600)];
  expect(() => key?.seal(0, 0, large, output)).toThrow(RangeError);
  expect(() => key?.open(0, 0, new Uint8Array(65_553), output)).toThrow(RangeError);
  expect(() => key?.seal(0, 0, new Uint8Array(1), output, new Uint8Array(513))).toThrow(RangeError);
});

test.skipIf(!openssl)('openssl accepts the documented maximum: 65536 octets of text, 512 of associated data', () => {
  const text = pattern(65_536, 'text');
  const aad = pattern(512, 'aad');
  if (!openssl) return;
  const sealed = seal(openssl, KEY, 0, 1, text, aad);
  expect(Buffer.compare(sealed, nodeSeal(KEY, 0, 1, text, aad))).toBe(0);
  expect(openssl.key(KEY).open(0, 1, sealed, text, aad)).toBe(true);
});

function seal(aead: Aead, secret: Uint8Array, high: number, low: number, text: Uint8Array, aad?: Uint8Array) {
  const sealed = new Uint8Array(text.length + 16);
  aead.key(secret).seal(high, low, text, sealed, aad);
  return sealed;
}

/** The oracle: node:crypto with the nonce written out (whitepaper §5.4.6). */
function nodeSeal(secret: Uint8Array, high: number, low: number, text: Uint8Array, aad?: Uint8Array): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE((BigInt(high) << 32n) | BigInt(low), 4);
  const cipher = createCipheriv('chacha20-poly1305', secret, nonce, { authTagLength: 16 });
  if (aad) cipher.setAAD(aad, { plaintextLength: text.length });
  return new Uint8Array(Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]));
}

/** Octets without a period that a mistake could hide in. */
function pattern(length: number, seed: string): Uint8Array {
  return new Uint8Array(
    createHash('shake256', { outputLength: Math.max(1, length) })
      .update(seed)
      .digest(),
  ).subarray(0, length);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 0x20);
}
