/**
 * Counts failures by reason and reporter, in bounded memory.
 *
 * @module
 */
import type { PingFailure } from '../../core/shapes/path/ping.ts';
import type { Failure } from '../probe-outcome.ts';

/** Different reasons and reporters that are listed; more reporters are counted without address. */
const MOST_LISTED = 16;

/** The list of one test. Reasons are names of system errors, of which there are few; reporters may be invented. */
export class FailureList {
  readonly #failures = new Map<string, PingFailure>();
  #count = 0;

  /** All failures. */
  get count(): number {
    return this.#count;
  }

  /** Counts one. */
  record({ code, from }: Failure): void {
    this.#count++;
    const key = `${code} ${from ?? ''}`;
    const isListed = this.#failures.has(key) || this.#failures.size < MOST_LISTED;
    const at = isListed ? key : `${code} `;
    const count = (this.#failures.get(at)?.count ?? 0) + 1;
    this.#failures.set(at, { code, from: isListed ? from : null, count });
  }

  /** The failures, the most frequent first. */
  list(): readonly PingFailure[] {
    return [...this.#failures.values()].sort((one, other) => other.count - one.count);
  }
}
