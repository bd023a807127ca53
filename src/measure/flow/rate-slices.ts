/**
 * How much came in each slice of a window, in a bounded number of slices: when they are full, neighbours are joined.
 *
 * @module
 */

import type { ReceiverReport } from '../../core/shapes/stream-report.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';

export const FIRST_SLICE = 50 * NS_PER_MS;
export const MOST_SLICES = 64;
/** Fewer say nothing of how a rate varies. */
const LEAST_SLICES = 6;
/** Shorter ones tell when a busy host looked, not what the path carried. */
const TELLING_SLICE = 100 * NS_PER_MS;

export class RateSlices {
  #sliceNs: Nanos = FIRST_SLICE;
  #bytes: number[] = [];

  /** Counts what came so long after the window had opened. */
  add(bytes: number, sinceOpening: Nanos): void {
    let index = Math.floor(Math.max(0, sinceOpening) / this.#sliceNs);
    while (index >= MOST_SLICES) {
      this.#bytes = joined(this.#bytes);
      this.#sliceNs *= 2;
      index = Math.floor(index / 2);
    }
    while (this.#bytes.length <= index) this.#bytes.push(0);
    this.#bytes[index] = (this.#bytes[index] ?? 0) + bytes;
  }

  /** Counts what came between two times, evenly. */
  spread(bytes: number, from: Nanos, to: Nanos): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, (Math.floor(at / this.#sliceNs) + 1) * this.#sliceNs);
      this.add(Math.round((bytes * (end - from)) / (to - from)) - Math.round((bytes * (at - from)) / (to - from)), at);
      at = end;
    }
  }

  get report(): Pick<ReceiverReport, 'slice_ns' | 'slices'> {
    return { slice_ns: this.#sliceNs, slices: this.#bytes };
  }
}

/**
 * The rates that nine tenths and one tenth of a flow's slices exceeded, all streams together: without the first, in
 * which a stream begins and a bucket empties, and the last, which is rarely whole.
 *
 * @returns `null` for a stream that told no slices, or for too few
 */
export function rateSpread(
  ends: readonly Pick<ReceiverReport, 'slice_ns' | 'slices'>[],
): { readonly p10: number; readonly p90: number } | null {
  const sliceNs = Math.max(TELLING_SLICE, ...ends.map((one) => one.slice_ns ?? 0));
  const sums: number[] = [];
  for (const { slice_ns, slices } of ends) {
    if (slice_ns === null || slices === null) return null;
    let bytes = slices;
    for (let ns = slice_ns; ns < sliceNs; ns *= 2) bytes = joined(bytes);
    for (const [i, some] of bytes.entries()) sums[i] = (sums[i] ?? 0) + some;
  }
  const whole = sums.slice(1, -1).toSorted((a, b) => a - b);
  if (whole.length < LEAST_SLICES) return null;
  const rate = (share: number): number =>
    ((whole[Math.min(whole.length - 1, Math.floor(share * whole.length))] ?? 0) * 8 * NS_PER_S) / sliceNs;
  return { p10: rate(0.1), p90: rate(0.9) };
}

function joined(bytes: readonly number[]): number[] {
  const pairs: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) pairs.push((bytes[i] ?? 0) + (bytes[i + 1] ?? 0));
  return pairs;
}
