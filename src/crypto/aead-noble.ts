/**
 * ChaCha20-Poly1305 in plain JavaScript, for a Node that was built without the cipher.
 *
 * @module
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { type Aead, type AeadKey, TAG_BYTES } from '../core/primitives.ts';
import { nonceOf } from './nonce.ts';

/** The implementation of the package @noble/ciphers. */
export const nobleAead: Aead = { name: 'noble', key: (key) => new NobleKey(key) };

class NobleKey implements AeadKey {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key.slice();
  }

  seal(high: number, low: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): void {
    output.set(chacha20poly1305(this.#key, nonceOf(high, low), aad).encrypt(input));
  }

  open(high: number, low: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): boolean {
    if (input.length < TAG_BYTES) return false;
    try {
      output.set(chacha20poly1305(this.#key, nonceOf(high, low), aad).decrypt(input));
      return true;
    } catch {
      // The tag is wrong.
      return false;
    }
  }

  destroy(): void {
    this.#key.fill(0);
  }
}
