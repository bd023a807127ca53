/**
 * Decrypts data messages on this host: with OpenSSL's functions through koffi if they can be called, otherwise with the
 * given AEAD.
 *
 * @module
 */
import {
  AeadOpener,
  MAX_SEALED_BYTES,
  type MessageOpener,
  PLAINTEXT_BYTES,
} from '../../capture/keys/batches/opening.ts';
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
export function createMessageOpener(libc: Libc | null, aead: Aead): MessageOpener {
  return libc === null ? new AeadOpener(aead) : new AddressOpener(libc, aead);
}

const SEALED = CIPHER_HEADROOM;
const PLAINTEXTS = SEALED + MAX_SEALED_BYTES;

/** Calls OpenSSL's functions. A message is copied once, to memory with a fixed address, and decrypted from there. */
class AddressOpener implements MessageOpener {
  readonly bytes: Uint8Array;
  readonly isFast = true;
  readonly #arena: Memory;
  readonly #cipher: PacketCipher;

  constructor(libc: Libc, reference: Aead) {
    this.#arena = libc.allocate(PLAINTEXTS + PLAINTEXT_BYTES);
    this.#cipher = choosePacketCipher(libc, this.#arena, SEALED, reference);
    this.bytes = this.#arena.bytes.subarray(PLAINTEXTS);
  }

  open(
    key: Uint8Array,
    high: number,
    low: number,
    sealed: Uint8Array,
    from: number,
    length: number,
    to: number,
  ): boolean {
    this.#arena.bytes.set(sealed.subarray(from, from + length), SEALED);
    return this.#cipher.open(key, high, low, SEALED, length, PLAINTEXTS + to);
  }

  forget(): void {
    this.#cipher.forget();
  }
}
