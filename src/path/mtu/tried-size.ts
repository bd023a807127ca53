/**
 * A size that a search tries, and how often it has to be tried.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import type { Loss } from './probe-log.ts';

/** A size with its tries so far. */
export interface TriedSize {
  readonly size: number;
  /** Probes since `firstAt`. */
  tries: number;
  firstAt: Instant;
  lastAt: Instant;
  /** When the next try is due. */
  dueAt: Instant;
  /** When the size was tried for the first time of all. */
  since: Instant;
}

/** Probes of a size at least and at most, before it counts as failed (RFC 8899 MAX_PROBES is 3). */
export const LEAST_TRIES = 3;
const MOST_TRIES = 10;
/** A size may fail by loss alone with this probability at most; tries are added until it is so. */
const FALSE_FAILURE = 0.001;

/** A size that was not tried yet. */
export function triedSize(size: number): TriedSize {
  const longAgo = Number.NEGATIVE_INFINITY;
  return { size, tries: 0, firstAt: longAgo, lastAt: longAgo, dueAt: longAgo, since: Number.POSITIVE_INFINITY };
}

/** Tries after which loss alone explains with a probability of 0.001 at most that none was answered, 3 to 10. */
export function triesAgainst({ sent, lost }: Loss): number {
  if (lost === 0) return LEAST_TRIES;
  const tries = Math.ceil(Math.log(FALSE_FAILURE) / Math.log(lost / sent));
  return Math.min(MOST_TRIES, Math.max(LEAST_TRIES, tries));
}
