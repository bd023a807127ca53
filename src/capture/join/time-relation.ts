/**
 * Compares the times of a direction's messages in two captures, and finds the messages that both could have captured.
 *
 * @module
 */
import type { TimeDifference } from './clock-offset.ts';
import type { Joined } from './direction-entries.ts';

/** At most this share of the shorter capture is excluded at its edges, to allow for delayed messages. */
const MAX_EDGE_SHARE = 0.1;

/** The time differences of the messages that both captures have; `null` if there are none, or without times. */
export function timeDifference({ table }: Joined, entries: Uint32Array): TimeDifference | null {
  let minNs = Number.POSITIVE_INFINITY;
  let maxNs = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    // If one of the captures lacks the message, its time is NaN, and so is the difference.
    const difference = (table.secondTimes[entry] ?? 0) - (table.firstTimes[entry] ?? 0);
    if (difference < minNs) minNs = difference;
    if (difference > maxNs) maxNs = difference;
  }
  return minNs <= maxNs ? { minNs, maxNs } : null;
}

/** Decides whether a capture was running when a message that only the other one has would have passed. */
export class Coverage {
  readonly #joined: Joined;
  readonly #minNs: number;
  readonly #maxNs: number;

  /** @param difference - time differences of the direction; if `null`, every message counts as covered by both */
  constructor(joined: Joined, difference: TimeDifference | null) {
    this.#joined = joined;
    const { first, second } = joined;
    const edge = MAX_EDGE_SHARE * Math.max(Math.min(first.endNs - first.startNs, second.endNs - second.startNs), 0);
    this.#minNs = difference?.minNs ?? Number.NaN;
    this.#maxNs = Math.min(difference?.maxNs ?? Number.NaN, this.#minNs + edge);
  }

  /** Whether the second capture was running when a message of the first should have arrived there. */
  inSecond(entry: number): boolean {
    const { table, second } = this.#joined;
    const time = table.firstTimes[entry] ?? Number.NaN;
    // Comparisons with NaN are false: without times, every message counts as covered.
    return !(time + this.#minNs < second.startNs) && !(time + this.#maxNs > second.endNs);
  }

  /** Whether the first capture was running when a message of the second should have passed there. */
  inFirst(entry: number): boolean {
    const { table, first } = this.#joined;
    const time = table.secondTimes[entry] ?? Number.NaN;
    return !(time - this.#maxNs < first.startNs) && !(time - this.#minNs > first.endNs);
  }
}
