/**
 * Memory that all counter windows of a capture share.
 *
 * @module
 */

/** 32 MiB: 256 directions at full size, or as many small ones as are followed. */
const DEFAULT_WORDS = 8 * 1024 * 1024;

export class BitBudget {
  #words: number;

  constructor(words: number = DEFAULT_WORDS) {
    this.#words = words;
  }

  /** Whether there are so many words of 32 bits left; they are gone then. */
  take(words: number): boolean {
    if (words > this.#words) return false;
    this.#words -= words;
    return true;
  }
}
