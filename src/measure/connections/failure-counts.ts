/**
 * Counts failures by the name of their error.
 *
 * @module
 */

import { MOST_ERROR_NAMES } from '../../core/shapes/connections.ts';

/** Name of all errors beyond that number. */
const OTHERS = 'other';

/** A counter for each name. */
export class FailureCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** The counts, the most frequent first. */
  get list(): readonly { readonly error: string; readonly n: number }[] {
    return [...this.#counts].map(([error, n]) => ({ error, n })).sort((a, b) => b.n - a.n);
  }

  /** Counts one failure. */
  add(error: string): void {
    const name = this.#counts.has(error) || this.#counts.size < MOST_ERROR_NAMES - 1 ? error : OTHERS;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#total++;
  }
}
