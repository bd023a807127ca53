/**
 * Words of 32 bits that several threads share, and the operations on them.
 *
 * Protocols between threads (`job-board.ts`, `batch-states.ts`) use this interface, so that a test can stop the same
 * code before each access and go through every interleaving of the threads.
 *
 * @module
 */

/** Atomic operations on an array of 32-bit words; `at` is an index. */
export interface SharedWords {
  readonly length: number;
  load(at: number): number;
  store(at: number, value: number): void;
  /**
   * Adds to a word.
   *
   * @returns the value before
   */
  add(at: number, value: number): number;
  /**
   * Writes `value` if the word is `expected`.
   *
   * @returns the value before
   */
  compareExchange(at: number, expected: number, value: number): number;
  /** Blocks the thread while the word is `value`, until a `notify` or the timeout. */
  wait(at: number, value: number, milliseconds?: number): void;
  /** Wakes up threads that wait at this word; all by default. */
  notify(at: number, threads?: number): void;
}

/** The operations of `Atomics`, which are sequentially consistent. */
export class AtomicWords implements SharedWords {
  readonly length: number;
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.length = words.length;
    this.#words = words;
  }

  load(at: number): number {
    return Atomics.load(this.#words, at);
  }

  store(at: number, value: number): void {
    Atomics.store(this.#words, at, value);
  }

  add(at: number, value: number): number {
    return Atomics.add(this.#words, at, value);
  }

  compareExchange(at: number, expected: number, value: number): number {
    return Atomics.compareExchange(this.#words, at, expected, value);
  }

  wait(at: number, value: number, milliseconds = Infinity): void {
    Atomics.wait(this.#words, at, value, milliseconds);
  }

  notify(at: number, threads = Infinity): void {
    Atomics.notify(this.#words, at, threads);
  }
}
