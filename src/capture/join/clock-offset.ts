/**
 * The offset of the clocks of two captures, from messages that went both ways.
 *
 * A message from the first to the second has `second − first = offset + delay`, one that went back
 * `offset − delay`. The smallest of the former and the largest of the latter enclose the offset; where
 * the fastest messages take equally long, it is in the middle.
 *
 * @see RFC 5905 §8, which takes the sample of least delay for the same reason.
 *
 * @module
 */

/** Time in the second capture less time in the first, over the shared messages of a direction. */
export interface TimeDifference {
  readonly minNs: number;
  readonly maxNs: number;
}

export interface ClockOffset {
  /** Second less first. */
  readonly offsetNs: number;
  /** Half of the smallest delay there and back: what the offset can be wrong by. */
  readonly errorNs: number;
  /** Which of the two directions goes from the first capture to the second. */
  readonly forward: 'a' | 'b';
}

/**
 * The offset by two directions of one flow.
 *
 * @returns `null` if they do not lie apart: the captures were made in one place, or the clocks run apart
 *   by more than the path takes.
 */
export function clockOffset(a: TimeDifference, b: TimeDifference): ClockOffset | null {
  if (a.minNs > b.maxNs) return between(b.maxNs, a.minNs, 'a');
  if (b.minNs > a.maxNs) return between(a.maxNs, b.minNs, 'b');
  return null;
}

function between(low: number, high: number, forward: 'a' | 'b'): ClockOffset {
  return { offsetNs: Math.round((low + high) / 2), errorNs: Math.ceil((high - low) / 2), forward };
}
