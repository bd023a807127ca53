/**
 * Runs of consecutive losses: the same loss ratio hurts differently one by one or in bursts.
 *
 * @see RFC 3357 (loss periods).
 *
 * @module
 */

/** Runs of lost packets. `mean` is lost packets a run, `null` without runs; `max` is then 0. */
export interface LossRuns {
  readonly n: number;
  readonly mean: number | null;
  readonly max: number;
}

/** Counts the runs of losses, one packet after the other in the order of sending. */
export class LossRunCounter {
  #n = 0;
  #lost = 0;
  #max = 0;
  /** Losses since the last packet that came. */
  #run = 0;

  observe(received: boolean): void {
    if (received) {
      this.#run = 0;
      return;
    }
    if (this.#run === 0) this.#n++;
    this.#run++;
    this.#lost++;
    if (this.#run > this.#max) this.#max = this.#run;
  }

  /** Returns the runs so far. One that is still going on counts as long as it was seen. */
  result(): LossRuns {
    return { n: this.#n, mean: this.#n === 0 ? null : this.#lost / this.#n, max: this.#max };
  }
}

/**
 * Returns the runs of losses among outcomes that are all there.
 *
 * @param received - outcome of each packet in the order of sending: false or 0 is lost.
 */
export function lossRuns(received: Iterable<boolean | number>): LossRuns {
  const counter = new LossRunCounter();
  for (const came of received) counter.observe(Boolean(came));
  return counter.result();
}
