/**
 * Counts of a few different values.
 *
 * @module
 */

/**
 * Counts how often each value occurs, for the first `capacity` different ones. All further values share one count.
 */
export class SmallCounts {
  readonly #capacity: number;
  readonly #values: number[] = [];
  readonly #counts: number[] = [];
  /** Repetitions of one value are counted here, and entered when another value follows. */
  #last = -1;
  #run = 0;
  #others = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Number of different values. All that did not fit count as one. */
  get size(): number {
    this.#settle();
    return this.#values.length + (this.#others > 0 ? 1 : 0);
  }

  /** Occurrences of values that did not fit. */
  get others(): number {
    this.#settle();
    return this.#others;
  }

  /** Counts a value. @param value - an integer, not negative */
  add(value: number, count = 1): void {
    if (value !== this.#last) {
      this.#settle();
      this.#last = value;
    }
    this.#run += count;
  }

  /** Counts an occurrence that has no value. */
  addOther(count = 1): void {
    this.#others += count;
  }

  /** Adds all counts of `other`. */
  addAll(other: SmallCounts): void {
    for (const { value, count } of other.list()) this.add(value, count);
    this.#others += other.others;
  }

  /** Values and their counts, the most frequent first. */
  list(): readonly { readonly value: number; readonly count: number }[] {
    this.#settle();
    return this.#values
      .map((value, i) => ({ value, count: this.#counts[i] ?? 0 }))
      .sort((one, other) => other.count - one.count);
  }

  #settle(): void {
    if (this.#run === 0) return;
    const place = this.#values.indexOf(this.#last);
    if (place >= 0) this.#counts[place] = (this.#counts[place] ?? 0) + this.#run;
    else if (this.#values.length === this.#capacity) this.#others += this.#run;
    else {
      this.#values.push(this.#last);
      this.#counts.push(this.#run);
    }
    this.#run = 0;
  }
}
