/**
 * The offset between the clocks of two captures, from messages in both directions.
 *
 * For a message from the first to the second capture, `second − first = offset + delay`; for one in the other
 * direction, `offset − delay`. The offset lies between the smallest of the former and the largest of the latter. If the
 * fastest messages of both directions have the same delay, it is in the middle.
 *
 * @see RFC 5905 §8, which takes the sample of least delay for the same reason.
 *
 * @module
 */

/**
 * Range of (time in the second capture − time in the first), over the messages of a direction that both have.
 */
export interface TimeDifference {
  readonly minNs: number;
  readonly maxNs: number;
}

/** An estimate of the clock offset. */
export interface ClockOffset {
  /** Clock of the second capture minus that of the first. */
  readonly offsetNs: number;
  /** Largest possible error of the offset: half of the smallest round trip. */
  readonly errorNs: number;
  /** Which of the two directions goes from the first capture to the second. */
  readonly forward: 'a' | 'b';
}

/**
 * Estimates the offset from the two directions of one flow.
 *
 * @returns `null` if the two ranges overlap: the captures were made at the same place, or the clocks drift by more than
 *   the delay of the path.
 */
export function clockOffset(a: TimeDifference, b: TimeDifference): ClockOffset | null {
  if (a.minNs > b.maxNs) return between(b.maxNs, a.minNs, 'a');
  if (b.minNs > a.maxNs) return between(a.maxNs, b.minNs, 'b');
  return null;
}

function between(low: number, high: number, forward: 'a' | 'b'): ClockOffset {
  return { offsetNs: Math.round((low + high) / 2), errorNs: Math.ceil((high - low) / 2), forward };
}
