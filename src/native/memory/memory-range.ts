/**
 * Bounds check before an address is passed to the kernel or to OpenSSL: if they wrote beyond an allocation, the damage
 * would be found much later, or never.
 *
 * @module
 */
import type { Memory } from './memory.ts';

/**
 * Checks that `length` octets at `offset` are within `memory`.
 *
 * @throws RangeError also for negative, fractional and NaN arguments
 */
export function checkRange(memory: Memory, offset: number, length: number): void {
  // False for what is negative, fractional, NaN, or beyond 4 GiB.
  if (offset >>> 0 === offset && length >>> 0 === length && offset + length <= memory.bytes.length) return;
  throw new RangeError(`${length} octets at ${offset} are not within the ${memory.bytes.length} that there are`);
}
