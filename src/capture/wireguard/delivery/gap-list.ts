/**
 * The largest gaps in the counters of a direction.
 *
 * @module
 */

/**
 * Consecutive counters that were missing when a larger one was received.
 */
export interface Gap {
  /** The first missing counter. */
  readonly first: number;
  /** How many were missing. */
  readonly count: number;
  /** Frame of the message after the gap. */
  readonly frame: number;
  /** NaN without a time. */
  readonly atNs: number;
}

const MAX_GAPS = 16;
const FIELDS = 4;

/** Keeps the 16 largest gaps. */
export class GapList {
  /** Allocated at the first gap: most directions have none. */
  #values: Float64Array | null = null;
  #count = 0;

  /** Adds a gap. If the list is full, it replaces the smallest one, provided that this one is larger. */
  add(first: number, count: number, frame: number, atNs: number): void {
    this.#values ??= new Float64Array(MAX_GAPS * FIELDS);
    const values = this.#values;
    let place = this.#count;
    if (place < MAX_GAPS) this.#count++;
    else {
      place = 0;
      for (let i = 1; i < MAX_GAPS; i++) {
        if ((values[i * FIELDS + 1] ?? 0) < (values[place * FIELDS + 1] ?? 0)) place = i;
      }
      if ((values[place * FIELDS + 1] ?? 0) >= count) return;
    }
    values[place * FIELDS] = first;
    values[place * FIELDS + 1] = count;
    values[place * FIELDS + 2] = frame;
    values[place * FIELDS + 3] = atNs;
  }

  /** The gaps in the order of their counters. */
  list(): readonly Gap[] {
    const values = this.#values ?? new Float64Array(0);
    return Array.from({ length: this.#count }, (_, i) => ({
      first: values[i * FIELDS] ?? 0,
      count: values[i * FIELDS + 1] ?? 0,
      frame: values[i * FIELDS + 2] ?? 0,
      atNs: values[i * FIELDS + 3] ?? Number.NaN,
    })).sort((one, other) => one.first - other.first);
  }
}
