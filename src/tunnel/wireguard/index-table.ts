/**
 * Maps receiver indices to handshakes and sessions: a message contains the index, so that the receiver need not
 * search (whitepaper §5.4).
 *
 * Indices are random, so that they reveal nothing to an observer.
 *
 * @module
 */
import { readU32le } from '../../core/bytes.ts';

/**
 * The local indices in use.
 *
 * @typeParam Entry - what an index identifies
 */
export class IndexTable<Entry> {
  readonly #entries = new Map<number, Entry>();
  readonly #random: (bytes: number) => Uint8Array;

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random;
  }

  /** Assigns a free index. */
  add(entry: Entry): number {
    for (;;) {
      const index = readU32le(this.#random(4), 0);
      if (this.#entries.has(index)) continue;
      this.#entries.set(index, entry);
      return index;
    }
  }

  /** Replaces the entry of an index: a handshake by its session. */
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
