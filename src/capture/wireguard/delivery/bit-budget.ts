/**
 * A limit on the memory of all counter windows of a capture together.
 *
 * @module
 */

/** 32 MiB: enough for 2048 windows of full size. */
const DEFAULT_WORDS = 8 * 1024 * 1024;

/** Counts down the 32-bit words that counter windows may still allocate. */
export class BitBudget {
  #words: number;

  constructor(words: number = DEFAULT_WORDS) {
    this.#words = words;
  }

  /** Takes words of 32 bits. @returns false if fewer are left; then nothing is taken */
  take(words: number): boolean {
    if (words > this.#words) return false;
    this.#words -= words;
    return true;
  }
}
