/**
 * Decrypts data messages on this host: with OpenSSL's functions through koffi if they can be called, otherwise with the
 * given AEAD.
 *
 * @module
 */
import {
  AeadDecrypter,
  MAX_MESSAGE_BYTES,
  type MessageDecrypter,
  PLAINTEXT_BYTES,
} from '../../capture/keys/batches/message-decrypter.ts';
import type { Aead } from '../../core/primitives.ts';
import type { Libc } from '../../native/libc.ts';
import type { Memory } from '../../native/memory/memory.ts';
import type { PacketCipher } from '../../native/packet-cipher.ts';
import { CIPHER_HEADROOM } from '../../native/udp/packet-bounds.ts';
import { choosePacketCipher } from '../tunnel/data-path/cipher.ts';

/**
 * Makes the fastest `MessageOpener` of this host.
 *
 * @param libc - `null` if native functions cannot be called
 * @param aead - an implementation that has passed the self-tests
 */
export function createMessageDecrypter(libc: Libc | null, aead: Aead): MessageDecrypter {
  return libc === null ? new AeadDecrypter(aead) : new NativeDecrypter(libc, aead);
}

const ENCRYPTED_AT = CIPHER_HEADROOM;
const PLAINTEXTS_AT = ENCRYPTED_AT + MAX_MESSAGE_BYTES;

/** Calls OpenSSL's functions. A message is copied once, to memory with a fixed address, and decrypted from there. */
class NativeDecrypter implements MessageDecrypter {
  readonly bytes: Uint8Array;
  readonly isFast = true;
  readonly #arena: Memory;
  readonly #cipher: PacketCipher;

  constructor(libc: Libc, reference: Aead) {
    this.#arena = libc.allocate(PLAINTEXTS_AT + PLAINTEXT_BYTES);
    this.#cipher = choosePacketCipher(libc, this.#arena, ENCRYPTED_AT, reference);
    this.bytes = this.#arena.bytes.subarray(PLAINTEXTS_AT);
  }

  decrypt(
    key: Uint8Array,
    high: number,
    low: number,
    encrypted: Uint8Array,
    from: number,
    length: number,
    to: number,
  ): boolean {
    this.#arena.bytes.set(encrypted.subarray(from, from + length), ENCRYPTED_AT);
    return this.#cipher.open(key, high, low, ENCRYPTED_AT, length, PLAINTEXTS_AT + to);
  }

  forget(): void {
    this.#cipher.forget();
  }
}
