/**
 * Words of 32 bits that several threads share, and all that is done to them.
 *
 * Protocols between threads (`job-board.ts`, `batch-board.ts`) are written on this interface, so that a test can stop
 * the very same code before each access and go through every order in which threads may get their turns.
 *
 * @module
 */
export interface SharedWords {
  readonly length: number;
  load(at: number): number;
  store(at: number, value: number): void;
  /** @returns what was there before */
  add(at: number, value: number): number;
  /** Writes `value` if `expected` is there. @returns what was there before */
  compareExchange(at: number, expected: number, value: number): number;
  /** Sleeps while `value` is there, until a `notify`, or for so long. */
  wait(at: number, value: number, milliseconds?: number): void;
  notify(at: number, threads?: number): void;
}

/** Those of `Atomics`: sequentially consistent. */
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
