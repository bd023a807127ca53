/**
 * The memory of a thread whose addresses are known to it: allocated here, or by another thread of this process, and not
 * freed.
 *
 * @module
 */
import type { Memory } from './memory.ts';

export class OwnMemory {
  readonly #pieces: { readonly begin: number; readonly end: number }[] = [];
  /** Most questions are about what the one before was about. */
  #last = { begin: 0, end: 0 };

  add({ address, bytes }: Memory): void {
    this.#pieces.push({ begin: address, end: address + bytes.length });
  }

  /** @throws RangeError for what was not added, or was removed before */
  remove({ address }: Memory): void {
    const index = this.#pieces.findIndex(({ begin }) => begin === address);
    if (index < 0) throw new RangeError('memory is freed that is not there, or not any more');
    this.#pieces.splice(index, 1);
    this.#last = { begin: 0, end: 0 };
  }

  /** @throws RangeError unless all of these octets are in one piece of it */
  check(address: number, length: number): void {
    const { begin, end } = this.#last;
    if (address >= begin && length >= 0 && address + length <= end) return;
    const piece = this.#pieces.find((one) => address >= one.begin && length >= 0 && address + length <= one.end);
    if (!piece) throw new RangeError(`${length} octets at an address of which not all is memory of this thread`);
    this.#last = piece;
  }
}
