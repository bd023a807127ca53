/**
 * Whether a path loses what is larger than some size.
 *
 * @module
 */
import type { MtuBlackHole } from '../documents/capture-join.ts';

/** Fewer large packets prove nothing. */
const MIN_LOST = 3;
/** How likely chance may be as the explanation. */
const MAX_CHANCE = 1e-4;

export interface SizedLoss {
  /** Packets up to the largest that was received … */
  readonly smallSent: number;
  readonly smallLost: number;
  /** … and above: all were lost. */
  readonly largeLost: number;
  readonly largestReceivedBytes: number | null;
  /** The smallest that is larger than any that was received. */
  readonly smallestLargeBytes: number | null;
}

/**
 * A black hole, if every packet above the largest that was received is lost and losses as those of the
 * smaller ones would hardly ever do that; `null` if not.
 */
export function mtuBlackHole(loss: SizedLoss): MtuBlackHole | null {
  const { smallSent, smallLost, largeLost, largestReceivedBytes, smallestLargeBytes } = loss;
  if (largestReceivedBytes === null || smallestLargeBytes === null || largeLost < MIN_LOST) return null;
  // One more loss than there was: of three packets that came, none lost does not mean that none ever is.
  const chance = ((smallLost + 1) / (smallSent + 2)) ** largeLost;
  if (chance > MAX_CHANCE) return null;
  return {
    largest_received_bytes: largestReceivedBytes,
    smallest_lost_bytes: smallestLargeBytes,
    packets_lost: largeLost,
  };
}
