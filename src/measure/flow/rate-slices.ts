/**
 * Octets received in each slice of a window. The number of slices is bounded: when all are used, neighbours are merged and
 * the length of a slice doubles.
 *
 * @module
 */

import type { ReceiverReport } from '../../core/shapes/stream-report.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';

export /** Length of a slice at the start. */
const FIRST_SLICE = 50 * NS_PER_MS;
/** Greatest number of slices, a power of two. A report has them all (docs/protocol.md, Reports). */
export const MOST_SLICES = 64;
/** Least number of slices for a statement about the variation of the rate. */
const LEAST_SLICES = 6;
/** Least length of a slice for that statement: shorter ones reflect when a busy host read, not the rate of the path. */
const TELLING_SLICE = 100 * NS_PER_MS;

/** Slices of one stream. */
export class RateSlices {
  #sliceNs: Nanos = FIRST_SLICE;
  #bytes: number[] = [];

  /** Counts octets that were received so long after the window opened. */
  add(bytes: number, sinceOpening: Nanos): void {
    let index = Math.floor(Math.max(0, sinceOpening) / this.#sliceNs);
    while (index >= MOST_SLICES) {
      this.#bytes = merged(this.#bytes);
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

  /** The slices, as the report of the receiver has them. */
  get report(): Pick<ReceiverReport, 'slice_ns' | 'slices'> {
    return { slice_ns: this.#sliceNs, slices: this.#bytes };
  }
}

/**
 * The 10th and 90th percentile of the rates in the slices of a flow, in bit/s, for all streams together. The first
 * slice, in which a stream starts and a token bucket empties, and the last one, which is rarely complete, are left out.
 *
 * @returns `null` if a stream reported no slices, or there are too few
 */
export function rateSpread(
  ends: readonly Pick<ReceiverReport, 'slice_ns' | 'slices'>[],
): { readonly p10: number; readonly p90: number } | null {
  const sliceNs = Math.max(TELLING_SLICE, ...ends.map((one) => one.slice_ns ?? 0));
  const sums: number[] = [];
  for (const { slice_ns, slices } of ends) {
    if (slice_ns === null || slices === null) return null;
    let bytes = slices;
    for (let ns = slice_ns; ns < sliceNs; ns *= 2) bytes = merged(bytes);
    for (const [i, some] of bytes.entries()) sums[i] = (sums[i] ?? 0) + some;
  }
  const whole = sums.slice(1, -1).toSorted((a, b) => a - b);
  if (whole.length < LEAST_SLICES) return null;
  const rate = (share: number): number =>
    ((whole[Math.min(whole.length - 1, Math.floor(share * whole.length))] ?? 0) * 8 * NS_PER_S) / sliceNs;
  return { p10: rate(0.1), p90: rate(0.9) };
}

/** Adds neighbouring slices. */
function merged(bytes: readonly number[]): number[] {
  const pairs: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) pairs.push((bytes[i] ?? 0) + (bytes[i + 1] ?? 0));
  return pairs;
}
