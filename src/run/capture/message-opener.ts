/**
 * What opens data messages on this host: OpenSSL by address where that can be called, else an AEAD.
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

/** @param aead - what is known to be right */
export function createMessageOpener(libc: Libc | null, aead: Aead): MessageOpener {
  return libc === null ? new AeadOpener(aead) : new AddressOpener(libc, aead);
}

const SEALED = CIPHER_HEADROOM;
const PLAINTEXTS = SEALED + MAX_SEALED_BYTES;

/** Opens by OpenSSL's functions: a message is copied once, to memory whose address is known, and opened from there. */
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
