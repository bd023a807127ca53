import { createHash } from 'node:crypto';
import { blake2s } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeAead } from '../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../src/crypto/primitives.ts';
import { ascii, hex } from '../../support/golden-handshakes.ts';

const p = createPrimitives(nodeAead);

test.each([
  ['abc', '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982'],
  ['', '69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9'],
])('hash() of "%s" is that of BLAKE2s-256 (RFC 7693 app. B)', (text, digest) => {
  expect(p.hash(ascii(text))).toEqual(hex(digest));
});

test('hash() and mac() pass the self-test of BLAKE2s (RFC 7693 app. E)', () => {
  // One digest over 48: hash() is the unkeyed one of 32 octets, mac() the keyed one of 16.
  const grand = createHash('blake2s256');
  for (const length of [16, 20, 28, 32]) {
    for (const inputLength of [0, 3, 64, 65, 255, 1024]) {
      const input = sequence(inputLength);
      grand.update(length === 32 ? p.hash(input) : blake2s(input, { dkLen: length }));
      const key = sequence(length);
      grand.update(length === 16 ? p.mac(key, input) : blake2s(input, { key, dkLen: length }));
    }
  }
  expect(new Uint8Array(grand.digest())).toEqual(
    hex('6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe'),
  );
});

const octets = (maxLength: number) => fc.uint8Array({ maxLength });

test('hash(), hmac() and mac() of several parts equal those of the concatenation', () => {
  fc.assert(
    fc.property(
      fc.array(octets(80), { maxLength: 4 }),
      fc.uint8Array({ minLength: 1, maxLength: 32 }),
      (parts, key) => {
        const whole = Uint8Array.from(parts.flatMap((part) => [...part]));
        expect(p.hash(...parts)).toEqual(new Uint8Array(createHash('blake2s256').update(whole).digest()));
        expect(p.hmac(key, ...parts)).toEqual(p.hmac(key, whole));
        expect(p.mac(key, ...parts)).toEqual(blake2s(whole, { key, dkLen: 16 }));
      },
    ),
  );
});

test('hmac() is the hash over the padded key twice (RFC 2104)', () => {
  fc.assert(
    fc.property(octets(100), octets(100), (key, text) => {
      const block = new Uint8Array(64);
      block.set(key.length > 64 ? blake2s(key) : key);
      const padded = (octet: number) => block.map((k) => k ^ octet);
      const inner = blake2s(Uint8Array.of(...padded(0x36), ...text));
      expect(p.hmac(key, text)).toEqual(blake2s(Uint8Array.of(...padded(0x5c), ...inner)));
    }),
  );
});

const DRAFT = {
  key: hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
  nonce: hex('404142434445464748494a4b4c4d4e4f5051525354555657'),
  aad: hex('50515253c0c1c2c3c4c5c6c7'),
  text: ascii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed: hex(
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216' +
      'cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b' +
      '13b52ec0875924c1c7987947deafd8780acf49',
  ),
};

test('xseal() and xopen() compute the example (draft-irtf-cfrg-xchacha-03 A.3.1)', () => {
  expect(p.xseal(DRAFT.key, DRAFT.nonce, DRAFT.text, DRAFT.aad)).toEqual(DRAFT.sealed);
  expect(p.xopen(DRAFT.key, DRAFT.nonce, DRAFT.sealed, DRAFT.aad)).toEqual(DRAFT.text);
});

test('xopen() refuses a change of any octet in all four arguments', () => {
  const { key, nonce, sealed, aad } = DRAFT;
  const flip = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);
  for (let i = 0; i < sealed.length; i++) expect(p.xopen(key, nonce, flip(sealed, i), aad), `octet ${i}`).toBeNull();
  for (let i = 0; i < nonce.length; i++) expect(p.xopen(key, flip(nonce, i), sealed, aad), `nonce ${i}`).toBeNull();
  for (let i = 0; i < aad.length; i++) expect(p.xopen(key, nonce, sealed, flip(aad, i)), `aad ${i}`).toBeNull();
  expect(p.xopen(flip(key, 0), nonce, sealed, aad)).toBeNull();
  expect(p.xopen(key, nonce, sealed.subarray(0, 15), aad)).toBeNull();
});

/** The generator of the self-test: Fibonacci numbers from a seed, the upper octet of each. */
function sequence(length: number): Uint8Array {
  let a = Math.imul(0xdead_4bad, length) >>> 0;
  let b = 1;
  return Uint8Array.from({ length }, () => {
    const next = (a + b) >>> 0;
    [a, b] = [b, next];
    return next >>> 24;
  });
}
