/**
 * The monotonic clock of this host: the same in every thread and process, and never set back.
 *
 * @module
 */
import type { Instant } from '../core/time.ts';

/** The current time of CLOCK_MONOTONIC, or its equivalent, in nanoseconds. */
export function monotonicNow(): Instant {
  return Number(process.hrtime.bigint());
}
