/**
 * Whether a piece of memory is all there: what is handed to the kernel or to OpenSSL by address is looked at first,
 * since whatever they write beside it would be found much later, or by nobody.
 *
 * @module
 */
import type { Memory } from './memory.ts';

/**
 * @param offset - whole, from 0 on
 * @throws RangeError
 */
export function checkRange(memory: Memory, offset: number, length: number): void {
  // Neither negative, nor broken, nor NaN, nor beyond 4 GiB.
  if (offset >>> 0 === offset && length >>> 0 === length && offset + length <= memory.bytes.length) return;
  throw new RangeError(`${length} octets at ${offset} are not within the ${memory.bytes.length} that there are`);
}
