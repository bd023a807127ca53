/**
 * WireGuard's primitives from node:crypto, and from noble where Node has none: BLAKE2s with a key and a digest of
 * 16 octets, and HChaCha20, which XChaCha20 needs besides ChaCha20.
 *
 * @module
 */
import { createHash, createHmac } from 'node:crypto';
import { hchacha } from '@noble/ciphers/chacha.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { type Aead, type AeadKey, type Primitives, TAG_BYTES } from '../core/primitives.ts';
import { dh, publicKeyOf } from './x25519.ts';

const HASH = 'blake2s256';
const MAC_BYTES = 16;

/**
 * Creates the primitives.
 *
 * @param faster - replacements of the host that passed a comparison with the portable ones
 */
export function createPrimitives(aead: Aead, faster: Partial<Primitives> = {}): Primitives {
  return {
    aead,
    dh,
    publicKey: publicKeyOf,
    hash: (...parts) => digest(createHash(HASH), parts),
    hmac: (key, ...parts) => digest(createHmac(HASH, key), parts),
    mac: (key, ...parts) => {
      const hash = blake2s.create({ key, dkLen: MAC_BYTES });
      for (const part of parts) hash.update(part);
      return hash.digest();
    },
    xseal: (key, nonce, plaintext, aad) => {
      const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
      withSubkey(aead, key, nonce, (subkey, high, low) => subkey.seal(high, low, plaintext, sealed, aad));
      return sealed;
    },
    xopen: (key, nonce, sealed, aad) => {
      if (sealed.length < TAG_BYTES) return null;
      const plaintext = new Uint8Array(sealed.length - TAG_BYTES);
      const open = (subkey: AeadKey, high: number, low: number) => subkey.open(high, low, sealed, plaintext, aad);
      return withSubkey(aead, key, nonce, open) ? plaintext : null;
    },
    ...faster,
  };
}

/** "expand 32-byte k" (RFC 8439 §2.3). */
const SIGMA = Uint32Array.of(0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574);

/**
 * XChaCha20 is ChaCha20 with a separate key for each nonce: HChaCha20 derives the key from the first 16 octets of the
 * nonce, and the other 8 become the counter (draft-irtf-cfrg-xchacha-03 §2.3).
 */
function withSubkey<T>(
  aead: Aead,
  key: Uint8Array,
  nonce: Uint8Array,
  use: (subkey: AeadKey, counterHigh: number, counterLow: number) => T,
): T {
  const [a = 0, b = 0, c = 0, d = 0, counterLow = 0, counterHigh = 0] = wordsOf(nonce);
  const keyWords = wordsOf(key);
  const words = new Uint32Array(8);
  hchacha(SIGMA, keyWords, Uint32Array.of(a, b, c, d), words);
  const octets = new Uint8Array(words.length * 4);
  const view = new DataView(octets.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  const subkey = aead.key(octets);
  const result = use(subkey, counterHigh, counterLow);
  subkey.destroy();
  for (const secret of [keyWords, words, octets]) secret.fill(0);
  return result;
}

function wordsOf(octets: Uint8Array): Uint32Array {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return Uint32Array.from({ length: octets.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

interface Digest {
  update(part: Uint8Array): unknown;
  digest(): Uint8Array;
}

function digest(state: Digest, parts: readonly Uint8Array[]): Uint8Array {
  for (const part of parts) state.update(part);
  return new Uint8Array(state.digest());
}
