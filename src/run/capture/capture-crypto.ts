/**
 * The cryptography of this host, for messages in captures. Loading it takes a tenth of a second, most of it
 * the self-tests: to be done when there are keys.
 *
 * @module
 */
import { AeadOpener, MAX_SEALED_BYTES, type MessageOpener, PLAINTEXT_BYTES } from '../../capture/keys/opening.ts';
import type { Aead, Primitives } from '../../core/primitives.ts';
import { hostPrimitives } from '../../crypto/select.ts';
import { type Libc, loadLibc, type Memory } from '../../native/libc.ts';
import { CIPHER_HEADROOM, type PacketCipher } from '../../native/packet-cipher.ts';
import { monotonicNow } from '../monotonic.ts';
import { choosePacketCipher } from '../tunnel/data-path/cipher.ts';

export interface CaptureCrypto {
  readonly primitives: Primitives;
  readonly opener: MessageOpener;
}

export function loadCaptureCrypto(): CaptureCrypto {
  const libc = loadLibc();
  const { primitives } = hostPrimitives(libc, monotonicNow);
  const { aead } = primitives;
  return { primitives, opener: libc === null ? new AeadOpener(aead) : new AddressOpener(libc, aead) };
}

const SEALED = CIPHER_HEADROOM;
const PLAINTEXTS = SEALED + MAX_SEALED_BYTES;

/** Opens by OpenSSL's functions: a message is copied once, to memory whose address is known, and opened from there. */
class AddressOpener implements MessageOpener {
  readonly bytes: Uint8Array;
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
}
