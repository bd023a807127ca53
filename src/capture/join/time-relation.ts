/**
 * How the times of a direction's messages in the second capture relate to those in the first, and which
 * of the messages both captures could have.
 *
 * @module
 */
import type { TimeDifference } from './clock-offset.ts';
import type { Joined } from './join-entries.ts';

/** At most this share of the time at the edge of a capture is left unjudged for messages that come late. */
const MAX_EDGE_SHARE = 0.1;

/** Second less first, over the messages that both have; `null` without such, or without times. */
export function timeDifference({ table }: Joined, entries: Uint32Array): TimeDifference | null {
  let minNs = Number.POSITIVE_INFINITY;
  let maxNs = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    // Of a message that one of the captures lacks, one time is not a number, and so is the difference.
    const difference = (table.secondTimes[entry] ?? 0) - (table.firstTimes[entry] ?? 0);
    if (difference < minNs) minNs = difference;
    if (difference > maxNs) maxNs = difference;
  }
  return minNs <= maxNs ? { minNs, maxNs } : null;
}

/** Messages of a direction that one capture has, and the other had time to see. */
export class Coverage {
  readonly #joined: Joined;
  readonly #minNs: number;
  readonly #maxNs: number;

  /** @param difference - of the direction; `null`: every message is judged */
  constructor(joined: Joined, difference: TimeDifference | null) {
    this.#joined = joined;
    const { first, second } = joined;
    const edge = MAX_EDGE_SHARE * Math.max(Math.min(first.endNs - first.startNs, second.endNs - second.startNs), 0);
    this.#minNs = difference?.minNs ?? Number.NaN;
    this.#maxNs = Math.min(difference?.maxNs ?? Number.NaN, this.#minNs + edge);
  }

  /** Whether the second capture ran when a message of the first was to be there. */
  inSecond(entry: number): boolean {
    const { table, second } = this.#joined;
    const time = table.firstTimes[entry] ?? Number.NaN;
    // Comparisons with what is not a number are false: without times, everything is judged.
    return !(time + this.#minNs < second.startNs) && !(time + this.#maxNs > second.endNs);
  }

  /** Whether the first capture ran when a message of the second was there. */
  inFirst(entry: number): boolean {
    const { table, first } = this.#joined;
    const time = table.secondTimes[entry] ?? Number.NaN;
    return !(time - this.#maxNs < first.startNs) && !(time - this.#minNs > first.endNs);
  }
}
