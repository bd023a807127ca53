/**
 * The bounds of a search: the largest size that passed, and the smallest that did not.
 *
 * A size that failed may pass later: its tries were lost then. So the smallest failed one is confirmed before it counts,
 * and a size that passes takes back every smaller failure.
 *
 * @module
 */

/** What is known so far. Sizes are octets of IP packet. */
export class MtuBounds {
  /** 0 while nothing passed. */
  passed = 0;
  /** One more than the largest that can be sent while nothing failed. */
  failed: number;
  /** How often a size passed that had failed. */
  contradictions = 0;
  #most: number;
  readonly #failures = new Set<number>();
  #confirmed: number | null = null;

  /** @param most - the largest size that is to be tried */
  constructor(most: number) {
    this.#most = most;
    this.failed = most + 1;
  }

  /** The largest size that can be sent. */
  get most(): number {
    return this.#most;
  }

  /** Whether a size is undecided. */
  isOpen(size: number): boolean {
    return size > this.passed && size < this.failed;
  }

  /** Whether no size is undecided any more, save for a confirmation. */
  get isClosed(): boolean {
    return this.failed - this.passed === 1;
  }

  /** Whether the bounds are final. The largest that can be sent needs no confirmation: its answer is one. */
  get isFinal(): boolean {
    return this.isClosed && (this.passed === this.#most || this.#confirmed === this.failed);
  }

  pass(size: number): void {
    if (size >= this.failed) {
      this.contradictions++;
      for (const failure of this.#failures) if (failure <= size) this.#failures.delete(failure);
      this.failed = Math.min(this.#most + 1, ...this.#failures);
    }
    this.passed = Math.max(this.passed, size);
  }

  /** @param isCertain - whether this failure needs no confirmation */
  fail(size: number, isCertain: boolean): void {
    if (size <= this.passed) return;
    if (isCertain || (this.#failures.has(size) && size === this.failed)) this.#confirmed = size;
    this.failed = Math.min(this.failed, size);
    this.#failures.add(size);
  }

  /** The sender's system sends no more than `most`. @returns whether that is news */
  limit(most: number): boolean {
    if (most >= this.#most || most < this.passed) return false;
    this.#most = most;
    this.failed = Math.min(this.failed, most + 1);
    return true;
  }
}
