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
import { createCipherPacket, NO_KEY, type PacketCipher } from '../../native/packet-cipher.ts';
import { CIPHER_HEADROOM } from '../../native/udp/packet-bounds.ts';
import { choosePacketCipher } from '../tunnel/data-path/cipher.ts';

/**
 * Makes the fastest `MessageDecrypter` of this host.
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
  readonly #packet = createCipherPacket();

  constructor(libc: Libc, reference: Aead) {
    this.#arena = libc.allocate(PLAINTEXTS_AT + PLAINTEXT_BYTES);
    this.#cipher = choosePacketCipher(libc, this.#arena, ENCRYPTED_AT, reference);
    this.#packet.input = ENCRYPTED_AT;
    this.bytes = this.#arena.bytes.subarray(PLAINTEXTS_AT);
  }

  decrypt(key: Uint8Array, high: number, low: number, encrypted: Uint8Array, to: number): boolean {
    this.#arena.bytes.set(encrypted, ENCRYPTED_AT);
    const packet = this.#packet;
    packet.key = key;
    packet.high = high;
    packet.low = low;
    packet.length = encrypted.length;
    packet.output = PLAINTEXTS_AT + to;
    return this.#cipher.open(packet);
  }

  forget(): void {
    this.#packet.key = NO_KEY;
    this.#cipher.forget();
  }
}
