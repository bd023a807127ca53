/**
 * What a cipher of packets needs around them, and whether that is there: OpenSSL gets addresses, and looks at none.
 *
 * @module
 */
import { KEY_BYTES, TAG_BYTES } from '../../core/primitives.ts';
import type { Memory } from '../memory/memory.ts';

/** Octets before a text that a cipher may use: a ChaCha20 block. */
export const CIPHER_HEADROOM = 64;
/** Most octets of a packet, tag included, that a cipher takes. */
const MOST_BYTES = 65_536 + TAG_BYTES;

/** @throws RangeError unless text, headroom and tag of what is to be sealed are within the arena */
export function checkSealing(arena: Memory, key: Uint8Array, input: number, length: number, output: number): void {
  check(arena, key, input, output, length, 0, length + TAG_BYTES);
}

/** @throws RangeError unless message, headroom and text of what is to be opened are within the arena */
export function checkOpening(arena: Memory, key: Uint8Array, input: number, length: number, output: number): void {
  check(arena, key, input, output, length, TAG_BYTES, length - TAG_BYTES);
}

/** One condition, since it is asked for each packet: what is not whole or not a number fails it too. */
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
