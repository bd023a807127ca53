/**
 * Distribution of times in bounded memory: logarithmic octaves, each divided into 512 equal buckets.
 *
 * ```text
 *   chunk 0     [0, 512)             buckets of 1 ns
 *   chunk c     [2^(8+c), 2^(9+c))   buckets of 2^(c-1) ns,  c = 1..45
 * ```
 *
 * The value of a bucket is its middle, so the error of a percentile is at most 2^-10 = 0.098 % (three
 * significant digits), and zero below 1024 ns. Values should be whole nanoseconds: fractions count in
 * `min`, `max` and `mean`, and are cut off for percentiles.
 *
 * Memory: 4 KiB for each octave that occurs, since a chunk is allocated at its first value. Round-trip
 * times from 50 µs to 50 ms take 44 KiB; all 46 chunks take 184 KiB. Counts are exact up to 2^53.
 *
 * @see HdrHistogram, for the layout. RFC 2330 section 11.3 for percentiles of an empirical distribution.
 *
 * @module
 */
import type { Distribution } from '../core/shapes/flow.ts';

const SUB_BITS = 9;
const SUB_COUNT = 2 ** SUB_BITS;
const MAX_NS = 2 ** 53;
const CHUNKS = 53 - SUB_BITS + 2;
/** Bucket width and its inverse, by chunk: powers of two, so that multiplication is exact. */
const WIDTH_NS = Float64Array.from({ length: CHUNKS }, (_, chunk) => 2 ** Math.max(0, chunk - 1));
const PER_NS = WIDTH_NS.map((width) => 1 / width);

/** Records times in nanoseconds and returns percentiles, mean, minimum and maximum. */
export class Histogram {
  readonly #chunks: (Float64Array | undefined)[] = new Array<Float64Array | undefined>(CHUNKS).fill(undefined);
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  /** Sum of all values, and the rounding error of that sum (Knuth's TwoSum). */
  #sum = 0;
  #lost = 0;

  /** How many values were recorded. */
  get count(): number {
    return this.#count;
  }

  /** Smallest value, exact; `null` without values. */
  get min(): number | null {
    return this.#count === 0 ? null : this.#min;
  }

  /** Largest value, exact; `null` without values. */
  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  /** Mean of the values themselves, not of their buckets; `null` without values. */
  get mean(): number | null {
    return this.#count === 0 ? null : (this.#sum + this.#lost) / this.#count;
  }

  /**
   * Adds one value. Allocates only when an octave is hit for the first time.
   *
   * @param ns - nanoseconds, 0..2^53.
   * @throws RangeError for any other value, including NaN; nothing is recorded then.
   */
  record(ns: number): void {
    if (!(ns >= 0 && ns <= MAX_NS)) throw new RangeError(`expected nanoseconds in 0..2^53, got ${ns}`);
    const chunk = chunkOf(ns);
    const buckets = this.#chunks[chunk] ?? this.#grow(chunk);
    // Scaled into [512, 1024), or [0, 512) in chunk 0: the low nine bits are the bucket.
    const bucket = (ns * (PER_NS[chunk] ?? 0)) & (SUB_COUNT - 1);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    this.#count++;
    if (ns < this.#min) this.#min = ns;
    if (ns > this.#max) this.#max = ns;
    this.#addToSum(ns);
  }

  /**
   * Returns the percentile by nearest rank: the ceil(p × n)-th smallest value, to 0.1 %, within [min, max].
   *
   * The rank is exact: p99.99 of three values is the third (ethr returns the second). A product within
   * rounding error of a whole number counts as that number, otherwise 0.07 × 100 would give rank 8.
   *
   * @param p - share of the values, 0..1; 0 gives `min`, 1 gives `max`.
   * @returns nanoseconds; `null` without values.
   * @throws RangeError if `p` is not in 0..1.
   */
  percentile(p: number): number | null {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`expected a ratio in 0..1, got ${p}`);
    if (this.#count === 0) return null;
    const rank = nearestRank(p, this.#count);
    if (rank <= 1) return this.#min;
    if (rank >= this.#count) return this.#max;
    return Math.min(this.#max, Math.max(this.#min, this.#valueAt(rank)));
  }

  /** Adds all values of another histogram, which is not changed. */
  merge(other: Histogram): void {
    other.#chunks.forEach((from, chunk) => {
      if (from === undefined) return;
      const to = this.#chunks[chunk] ?? this.#grow(chunk);
      for (let i = 0; i < SUB_COUNT; i++) to[i] = (to[i] ?? 0) + (from[i] ?? 0);
    });
    this.#count += other.#count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    const lost = other.#lost;
    this.#addToSum(other.#sum);
    this.#lost += lost;
  }

  /** Returns the summary for the result document. */
  distribution(): Distribution {
    return {
      n: this.#count,
      min: this.min,
      mean: this.mean,
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p95: this.percentile(0.95),
      p99: this.percentile(0.99),
      p999: this.percentile(0.999),
      p9999: this.percentile(0.9999),
      max: this.max,
    };
  }

  #grow(chunk: number): Float64Array {
    const buckets = new Float64Array(SUB_COUNT);
    this.#chunks[chunk] = buckets;
    return buckets;
  }

  #addToSum(value: number): void {
    const sum = this.#sum + value;
    const added = sum - this.#sum;
    this.#lost += this.#sum - (sum - added) + (value - added);
    this.#sum = sum;
  }

  #valueAt(rank: number): number {
    let seen = 0;
    for (const [chunk, buckets] of this.#chunks.entries()) {
      if (buckets === undefined) continue;
      for (let bucket = 0; bucket < SUB_COUNT; bucket++) {
        seen += buckets[bucket] ?? 0;
        if (seen >= rank) return middleOf(chunk, bucket);
      }
    }
    return this.#max;
  }
}

function chunkOf(ns: number): number {
  if (ns < SUB_COUNT) return 0;
  // clz32 sees the low 32 bits only.
  const log2 = ns < 2 ** 32 ? 31 - Math.clz32(ns) : 63 - Math.clz32(ns / 2 ** 32);
  return log2 - SUB_BITS + 1;
}

function middleOf(chunk: number, bucket: number): number {
  const width = WIDTH_NS[chunk] ?? 0;
  const first = (chunk === 0 ? bucket : SUB_COUNT + bucket) * width;
  return first + Math.floor(width / 2);
}

function nearestRank(p: number, n: number): number {
  const product = p * n;
  const whole = Math.round(product);
  // p and the product are each rounded by at most 2^-53 of themselves.
  return Math.abs(product - whole) <= product * 2 ** -51 ? whole : Math.ceil(product);
}
