/**
 * Delay variation from one packet to the next.
 *
 * @see RFC 3393 (ipdv; undefined when one of the two packets is lost), RFC 5481 section 4.1 (IPDV).
 *
 * @module
 */
import type { Histogram } from './histogram.ts';

/**
 * Records the absolute differences of the delays of consecutive packets.
 *
 * There is no value across a loss, since the packets on both sides of it are not consecutive. So n packets
 * with k losses give at most n - 1 - k values, and may give none.
 *
 * @param delaysNs - the delay of each packet in the order of sending, NaN for a lost packet.
 * @param into - receives the values, in nanoseconds.
 */
export function recordIpdv(delaysNs: Iterable<number>, into: Histogram): void {
  let previous = Number.NaN;
  for (const delay of delaysNs) {
    const difference = Math.abs(delay - previous);
    if (!Number.isNaN(difference)) into.record(difference);
    previous = delay;
  }
}
