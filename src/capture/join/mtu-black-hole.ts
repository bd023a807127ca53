/**
 * Whether a path loses all packets above some size.
 *
 * @module
 */
import type { MtuBlackHole } from '../documents/capture-join.ts';

/** Large packets that must be lost; fewer prove nothing. */
const MIN_LOST = 3;
/** Largest probability that random loss is the explanation. */
const MAX_CHANCE = 1e-4;

/** Losses of a direction, split at the size of the largest received packet. */
export interface SizedLoss {
  /** Packets sent that are not larger than the largest received one. */
  readonly smallSent: number;
  /** Losses among them. */
  readonly smallLost: number;
  /** Packets sent that are larger. All were lost. */
  readonly largeLost: number;
  /** `null` if nothing was received. */
  readonly largestReceivedBytes: number | null;
  /** Size of the smallest packet that is larger than any received one; `null` if there is none. */
  readonly smallestLargeBytes: number | null;
}

/**
 * Detects an MTU black hole: every packet above the largest received one was lost, and random loss at the rate of the
 * smaller packets would almost never do that. `null` if there is none.
 */
export function mtuBlackHole(loss: SizedLoss): MtuBlackHole | null {
  const { smallSent, smallLost, largeLost, largestReceivedBytes, smallestLargeBytes } = loss;
  if (largestReceivedBytes === null || smallestLargeBytes === null || largeLost < MIN_LOST) return null;
  // Laplace's rule of succession: three packets without loss do not mean that none is ever lost.
  const chance = ((smallLost + 1) / (smallSent + 2)) ** largeLost;
  if (chance > MAX_CHANCE) return null;
  return {
    largest_received_bytes: largestReceivedBytes,
    smallest_lost_bytes: smallestLargeBytes,
    packets_lost: largeLost,
  };
}
