/**
 * The memory that a thread may pass to the kernel by address: allocated by this thread, or shared by another thread of
 * this process, and not freed.
 *
 * @module
 */
import type { Memory } from './memory.ts';

/** The list of allocations that a thread knows. */
export class OwnMemory {
  readonly #pieces: { readonly begin: number; readonly end: number }[] = [];
  /** The allocation that was found last: most checks are for the same one. */
  #last = { begin: 0, end: 0 };

  /** Adds an allocation. */
  add({ address, bytes }: Memory): void {
    this.#pieces.push({ begin: address, end: address + bytes.length });
  }

  /**
   * Removes an allocation.
   *
   * @throws RangeError if it was not added, or was removed before
   */
  remove({ address }: Memory): void {
    const index = this.#pieces.findIndex(({ begin }) => begin === address);
    if (index < 0) throw new RangeError('memory is freed that is not there, or not any more');
    this.#pieces.splice(index, 1);
    this.#last = { begin: 0, end: 0 };
  }

  /**
   * Checks that all octets are in one allocation.
   *
   * @throws RangeError
   */
  check(address: number, length: number): void {
    const { begin, end } = this.#last;
    if (address >= begin && length >= 0 && address + length <= end) return;
    const piece = this.#pieces.find((one) => address >= one.begin && length >= 0 && address + length <= one.end);
    if (!piece) throw new RangeError(`${length} octets at an address of which not all is memory of this thread`);
    this.#last = piece;
  }
}
