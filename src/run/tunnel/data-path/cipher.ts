/**
 * Selects the cipher of a data path: the fastest one that agrees with the primitives of this host.
 *
 * @module
 */
import { type Aead, type AeadKey, KEY_BYTES, TAG_BYTES } from '../../../core/primitives.ts';
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { loadOpenssl } from '../../../native/openssl.ts';
import { type CipherPacket, createPacketCipher, type PacketCipher } from '../../../native/packet-cipher.ts';
import { checkDecryption, checkEncryption } from '../../../native/udp/packet-bounds.ts';

const LENGTHS = [0, 1, 16, 63, 64, 65, 1420];
/** High half of a counter that differs from the low half, so that swapped halves are detected. */
const HIGH = 0x0102_0304;

/**
 * Tests the implementations from the fastest on, and returns the first that passes.
 *
 * @param scratch - offset in the arena, with room for two packets, which are overwritten
 * @param reference - an implementation known to be right
 */
export function choosePacketCipher(libc: Libc, arena: Memory, scratch: number, reference: Aead): PacketCipher {
  const openssl = loadOpenssl(libc);
  for (const calls of [openssl, { ...openssl, chachaPoly: null }]) {
    const cipher = createPacketCipher(libc, calls, arena);
    if (cipher && agrees(cipher, arena, scratch, reference)) return cipher;
    cipher?.free();
  }
  return new AeadCipher(arena, reference);
}

/** Whether a cipher encrypts and decrypts like the reference, and rejects a changed message. */
export function agrees(cipher: PacketCipher, arena: Memory, scratch: number, reference: Aead): boolean {
  const secret = Uint8Array.from({ length: KEY_BYTES }, (_, i) => 3 * i + 1);
  const key = reference.key(secret);
  const { bytes } = arena;
  return LENGTHS.every((length) => {
    const text = Uint8Array.from({ length }, (_, i) => 7 * i + length);
    const expected = new Uint8Array(length + TAG_BYTES);
    key.seal(HIGH, length, text, expected);
    const sealedBytes = length + TAG_BYTES;
    bytes.set(text, scratch);
    const packet = { key: secret, high: HIGH, low: length, input: scratch };
    cipher.seal({ ...packet, length, output: scratch });
    const sealed = bytes.slice(scratch, scratch + sealedBytes);
    // Input and output of `open` must not overlap, headroom included.
    const output = scratch + 4096;
    const message = { ...packet, length: sealedBytes, output };
    const opened = cipher.open(message) && Buffer.compare(bytes.subarray(output, output + length), text) === 0;
    bytes.set(sealed, scratch);
    bytes[scratch + length] = (sealed[length] ?? 0) ^ 1;
    const refused = !cipher.open(message);
    return Buffer.compare(sealed, expected) === 0 && opened && refused;
  });
}

/** A cipher for systems on which OpenSSL cannot be called: slower, because packets are copied. */
export class AeadCipher implements PacketCipher {
  readonly #arena: Memory;
  readonly #bytes: Uint8Array;
  readonly #aead: Aead;
  #secret: Uint8Array | null = null;
  #key: AeadKey | null = null;

  constructor(arena: Memory, aead: Aead) {
    this.#arena = arena;
    this.#bytes = arena.bytes;
    this.#aead = aead;
  }

  seal(packet: Readonly<CipherPacket>): void {
    checkEncryption(this.#arena, packet);
    const { key, high, low, input, length, output } = packet;
    const text = this.#bytes.subarray(input, input + length);
    this.#keyOf(key).seal(high, low, text, this.#bytes.subarray(output, output + length + TAG_BYTES));
  }

  open(packet: Readonly<CipherPacket>): boolean {
    checkDecryption(this.#arena, packet);
    const { key, high, low, input, length, output } = packet;
    const sealed = this.#bytes.subarray(input, input + length);
    return this.#keyOf(key).open(high, low, sealed, this.#bytes.subarray(output, output + length - TAG_BYTES));
  }

  forget(): void {
    this.#key?.destroy();
    this.#key = null;
    this.#secret = null;
  }

  free(): void {
    this.forget();
  }

  #keyOf(secret: Uint8Array): AeadKey {
    if (this.#key && this.#secret === secret) return this.#key;
    this.#key?.destroy();
    this.#secret = secret;
    this.#key = this.#aead.key(secret);
    return this.#key;
  }
}
