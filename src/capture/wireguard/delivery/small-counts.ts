/**
 * Counts of a few different values; the rest is one number.
 *
 * @module
 */

export class SmallCounts {
  readonly #capacity: number;
  readonly #values: number[] = [];
  readonly #counts: number[] = [];
  /** The same value again and again is counted apart, and then entered once. */
  #last = -1;
  #run = 0;
  #others = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Different values; those without a place count as one. */
  get size(): number {
    this.#settle();
    return this.#values.length + (this.#others > 0 ? 1 : 0);
  }

  /** Occurrences of values that found no place. */
  get others(): number {
    this.#settle();
    return this.#others;
  }

  add(value: number, count = 1): void {
    if (value !== this.#last) {
      this.#settle();
      this.#last = value;
    }
    this.#run += count;
  }

  /** Counts what has no value. */
  addOther(count = 1): void {
    this.#others += count;
  }

  addAll(other: SmallCounts): void {
    for (const { value, count } of other.list()) this.add(value, count);
    this.#others += other.others;
  }

  /** The most frequent first. */
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
