/**
 * ChaCha20-Poly1305 with OpenSSL's EVP calls, without the objects of node:crypto.
 *
 * Packets are copied to memory with a fixed address. The data path of a device, whose packets are in such memory
 * already, uses `native/packet-cipher.ts`.
 *
 * @module
 */
import { type Aead, type AeadKey, KEY_BYTES, TAG_BYTES } from '../core/primitives.ts';
import type { Libc } from '../native/libc.ts';
import type { Memory } from '../native/memory/memory.ts';
import type { Evp } from '../native/openssl.ts';
import { nonceOf } from './nonce.ts';

const LONGEST = 65_536;
const LONGEST_AAD = 512;
const NONCE = KEY_BYTES;
const LENGTH = 48;
const AAD = 64;
const TEXT = AAD + LONGEST_AAD;

/**
 * Creates the implementation; `null` where Node does not export the calls. Its keys throw a RangeError for more than
 * 64 KiB of plaintext, or 512 octets of associated data.
 */
export function opensslAead(libc: Libc, evp: Evp | null): Aead | null {
  if (!evp) return null;
  const memory = libc.allocate(TEXT + LONGEST + TAG_BYTES);
  const context = evp.newContext();
  evp.init(context, evp.cipher, 0, 0, 0, 1);
  return { name: 'openssl', key: (key) => new OpensslKey(evp, context, memory, key) };
}

class OpensslKey implements AeadKey {
  readonly #evp: Evp;
  readonly #context: number;
  readonly #memory: Memory;
  readonly #key: Uint8Array;

  constructor(evp: Evp, context: number, memory: Memory, key: Uint8Array) {
    this.#evp = evp;
    this.#context = context;
    this.#memory = memory;
    this.#key = key.slice();
  }

  seal(high: number, low: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): void {
    const { address, bytes } = this.#memory;
    const text = address + TEXT;
    this.#fill(high, low, input, input.length);
    this.#begin(1, aad);
    this.#evp.update(this.#context, text, address + LENGTH, text, input.length);
    this.#evp.final(this.#context, text + input.length, address + LENGTH);
    this.#evp.getTag(this.#context, text + input.length);
    output.set(bytes.subarray(TEXT, TEXT + input.length + TAG_BYTES));
  }

  open(high: number, low: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): boolean {
    const { address, bytes } = this.#memory;
    const text = address + TEXT;
    const textBytes = input.length - TAG_BYTES;
    if (textBytes < 0) return false;
    this.#fill(high, low, input, textBytes);
    this.#begin(0, aad);
    this.#evp.setTag(this.#context, text + textBytes);
    this.#evp.update(this.#context, text, address + LENGTH, text, textBytes);
    if (this.#evp.final(this.#context, text + textBytes, address + LENGTH) <= 0) return false;
    output.set(bytes.subarray(TEXT, TEXT + textBytes));
    return true;
  }

  /** Sets a key of zeros in the context, which otherwise keeps the last key. */
  destroy(): void {
    const { address, bytes } = this.#memory;
    this.#key.fill(0);
    bytes.fill(0, 0, KEY_BYTES);
    this.#evp.init(this.#context, 0, 0, address, address + NONCE, 1);
  }

  /** Copies key, nonce and text to the memory. */
  #fill(high: number, low: number, input: Uint8Array, textBytes: number): void {
    if (textBytes > LONGEST) throw new RangeError(`a text of ${textBytes} octets; at most ${LONGEST} fit`);
    const { bytes } = this.#memory;
    bytes.set(this.#key);
    bytes.set(nonceOf(high, low), NONCE);
    bytes.set(input, TEXT);
  }

  /** Sets key and nonce in the context, and adds the associated data. */
  #begin(encrypt: 0 | 1, aad: Uint8Array | undefined): void {
    const aadBytes = aad?.length ?? 0;
    if (aadBytes > LONGEST_AAD)
      throw new RangeError(`associated data of ${aadBytes} octets; at most ${LONGEST_AAD} fit`);
    const { address, bytes } = this.#memory;
    this.#evp.init(this.#context, 0, 0, address, address + NONCE, encrypt);
    if (!aad || aadBytes === 0) return;
    bytes.set(aad, AAD);
    this.#evp.update(this.#context, 0, address + LENGTH, address + AAD, aadBytes);
  }
}
