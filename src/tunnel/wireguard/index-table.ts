/**
 * Which handshake or session an index belongs to: the number that a peer puts into its messages so
 * that the receiver need not search (whitepaper §5.4).
 *
 * Indices are random, so that they tell an observer nothing.
 *
 * @module
 */
import { readU32le } from '../../core/bytes.ts';

/** @typeParam Entry - what an index stands for */
export class IndexTable<Entry> {
  readonly #entries = new Map<number, Entry>();
  readonly #random: (bytes: number) => Uint8Array;

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random;
  }

  /** Takes an index that is free. */
  add(entry: Entry): number {
    for (;;) {
      const index = readU32le(this.#random(4), 0);
      if (this.#entries.has(index)) continue;
      this.#entries.set(index, entry);
      return index;
    }
  }

  /** Gives an index to what its handshake became. */
  replace(index: number, entry: Entry): void {
    this.#entries.set(index, entry);
  }

  get(index: number): Entry | undefined {
    return this.#entries.get(index);
  }

  delete(index: number): void {
    this.#entries.delete(index);
  }

  get size(): number {
    return this.#entries.size;
  }
}
