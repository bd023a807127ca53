/**
 * Which handshake or session an index belongs to: the number that a peer puts into its messages so
 * that the receiver need not search (whitepaper §5.4).
 *
 * Indices are random, so that they tell an observer nothing.
 *
 * @module
 */
import { readU32le } from '../../core/bytes.ts';
import type { Keypair } from './keypair.ts';
import type { Peer } from './peer.ts';

export type IndexEntry =
  | { readonly tag: 'handshake'; readonly peer: Peer }
  | { readonly tag: 'keypair'; readonly keypair: Keypair };

export class IndexTable {
  readonly #entries = new Map<number, IndexEntry>();
  readonly #random: (bytes: number) => Uint8Array;

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random;
  }

  /** Takes an index that is free. */
  add(entry: IndexEntry): number {
    for (;;) {
      const index = readU32le(this.#random(4), 0);
      if (this.#entries.has(index)) continue;
      this.#entries.set(index, entry);
      return index;
    }
  }

  /** Gives an index to what its handshake became. */
  replace(index: number, entry: IndexEntry): void {
    this.#entries.set(index, entry);
  }

  get(index: number): IndexEntry | undefined {
    return this.#entries.get(index);
  }

  delete(index: number): void {
    this.#entries.delete(index);
  }

  get size(): number {
    return this.#entries.size;
  }
}
