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

/**
 * Checks the arguments before a packet is encrypted.
 *
 * @throws RangeError unless plaintext, headroom and tag are within the arena
 */
export function checkEncryption(arena: Memory, key: Uint8Array, input: number, length: number, output: number): void {
  check(arena, key, input, output, length, 0, length + TAG_BYTES);
}

/**
 * Checks the arguments before a packet is decrypted.
 *
 * @throws RangeError unless message, headroom and plaintext are within the arena
 */
export function checkDecryption(arena: Memory, key: Uint8Array, input: number, length: number, output: number): void {
  check(arena, key, input, output, length, TAG_BYTES, length - TAG_BYTES);
}

/** One condition, since it is evaluated for each packet. Fractions and NaN fail it too. */
function check(
  { bytes }: Memory,
  key: Uint8Array,
  input: number,
  output: number,
  length: number,
  least: number,
  outputLength: number,
): void {
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
