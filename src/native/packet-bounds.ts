/**
 * What a cipher of packets needs around them, and whether that is there: OpenSSL gets addresses, and looks at none.
 *
 * @module
 */
import { KEY_BYTES, TAG_BYTES } from '../core/primitives.ts';
import type { Memory } from './libc.ts';
import { checkRange } from './memory-range.ts';

/** Octets before a text that a cipher may use: a ChaCha20 block. */
export const CIPHER_HEADROOM = 64;
/** Most octets of a packet, tag included, that a cipher takes. */
const MOST_BYTES = 65_536 + TAG_BYTES;

/** @throws RangeError */
export function checkSealing(arena: Memory, key: Uint8Array, input: number, length: number, output: number): void {
  checkLengths(key, length, 0);
  checkRange(arena, input - CIPHER_HEADROOM, CIPHER_HEADROOM + length);
  checkRange(arena, output - CIPHER_HEADROOM, CIPHER_HEADROOM + length + TAG_BYTES);
}

/** @throws RangeError */
export function checkOpening(arena: Memory, key: Uint8Array, input: number, length: number, output: number): void {
  checkLengths(key, length, TAG_BYTES);
  checkRange(arena, input - CIPHER_HEADROOM, CIPHER_HEADROOM + length);
  checkRange(arena, output - CIPHER_HEADROOM, CIPHER_HEADROOM + length - TAG_BYTES);
}

function checkLengths(key: Uint8Array, length: number, least: number): void {
  if (length >= least && length <= MOST_BYTES && key.length === KEY_BYTES) return;
  throw new RangeError(
    `a packet of ${length} octets, a key of ${key.length}; ${least} to ${MOST_BYTES} and ${KEY_BYTES} are right`,
  );
}
