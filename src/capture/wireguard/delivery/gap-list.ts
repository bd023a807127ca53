/**
 * The largest holes in the counters of a direction.
 *
 * @module
 */

export interface Gap {
  /** The first counter that is missing. */
  readonly first: number;
  readonly count: number;
  readonly frame: number;
  /** NaN without a time. */
  readonly atNs: number;
}

const MAX_GAPS = 16;
const FIELDS = 4;

export class GapList {
  /** Made when it is needed: most directions have no hole. */
  #values: Float64Array | null = null;
  #count = 0;

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

  /** In the order of the capture. */
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
