/**
 * ChaCha20-Poly1305 of node:crypto. Each call creates a cipher object, which costs most for short packets.
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type Aead, type AeadKey, TAG_BYTES } from '../core/primitives.ts';
import { nonceOf } from './nonce.ts';

const ALGORITHM = 'chacha20-poly1305';
const OPTIONS = { authTagLength: TAG_BYTES };

/** The implementation of node:crypto. */
export const nodeAead: Aead = { name: 'node', key: (key) => new NodeKey(key) };

class NodeKey implements AeadKey {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key.slice();
  }

  seal(high: number, low: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): void {
    const cipher = createCipheriv(ALGORITHM, this.#key, nonceOf(high, low), OPTIONS);
    if (aad) cipher.setAAD(aad, { plaintextLength: input.length });
    output.set(cipher.update(input));
    cipher.final();
    output.set(cipher.getAuthTag(), input.length);
  }

  open(high: number, low: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): boolean {
    const textBytes = input.length - TAG_BYTES;
    if (textBytes < 0) return false;
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonceOf(high, low), OPTIONS);
    if (aad) decipher.setAAD(aad, { plaintextLength: textBytes });
    decipher.setAuthTag(input.slice(textBytes));
    const text = decipher.update(input.subarray(0, textBytes));
    try {
      decipher.final();
    } catch {
      // The tag is wrong.
      return false;
    }
    output.set(text);
    return true;
  }

  destroy(): void {
    this.#key.fill(0);
  }
}
