/**
 * Bounds checks for packets that are encrypted and decrypted in an arena: OpenSSL is given addresses and checks none of
 * them.
 *
 * @module
 */
import { KEY_BYTES, TAG_BYTES } from '../../core/primitives.ts';
import type { Memory } from '../memory/memory.ts';

/** Octets before a packet that the cipher may overwrite: one ChaCha20 block. */
export const CIPHER_HEADROOM = 64;
/** Most octets of a packet, tag included, that a cipher takes. */
const MOST_BYTES = 65_536 + TAG_BYTES;

/** Where a packet is, where it goes, and its key. */
interface Bounds {
  readonly key: Uint8Array;
  readonly input: number;
  readonly length: number;
  readonly output: number;
}

/**
 * Checks a packet before it is encrypted.
 *
 * @throws RangeError unless plaintext, headroom and tag are within the arena
 */
export function checkEncryption(arena: Memory, packet: Bounds): void {
  check(arena, packet, 0, packet.length + TAG_BYTES);
}

/**
 * Checks a packet before it is decrypted.
 *
 * @throws RangeError unless message, headroom and plaintext are within the arena
 */
export function checkDecryption(arena: Memory, packet: Bounds): void {
  check(arena, packet, TAG_BYTES, packet.length - TAG_BYTES);
}

/** One condition, since it is evaluated for each packet. Fractions and NaN fail it too. */
function check({ bytes }: Memory, { key, input, length, output }: Bounds, least: number, outputLength: number): void {
  const isRight =
    (input | 0) === input &&
    (output | 0) === output &&
    (length | 0) === length &&
    input >= CIPHER_HEADROOM &&
    output >= CIPHER_HEADROOM &&
    length >= least &&
    length <= MOST_BYTES &&
    input + length <= bytes.length &&
    output + outputLength <= bytes.length &&
    key.length === KEY_BYTES;
  if (isRight) return;
  throw new RangeError(
    `a packet of ${length} octets from ${input} to ${output}, with a key of ${key.length}: ` +
      `${least} to ${MOST_BYTES} octets, ${CIPHER_HEADROOM} before them, are to be within ${bytes.length}, and a key is of ${KEY_BYTES}`,
  );
}
