/**
 * The monotonic clock of this host: the same in every thread and process, never set back.
 *
 * @module
 */
import type { Instant } from '../core/time.ts';

/** Nanoseconds of CLOCK_MONOTONIC (or the like), as a number. */
export function monotonicNow(): Instant {
  return Number(process.hrtime.bigint());
}
