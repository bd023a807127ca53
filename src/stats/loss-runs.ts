/**
 * Runs of consecutive losses. The same loss ratio has other effects if the losses are single or in bursts.
 *
 * @see RFC 3357 (loss periods).
 *
 * @module
 */

/**
 * Runs of lost packets: their number, and their mean and greatest length. Without runs, `mean` is `null` and `max` 0.
 */
export interface LossRuns {
  readonly n: number;
  readonly mean: number | null;
  readonly max: number;
}

/** Counts runs of losses. Packets are passed to it in the order of sending. */
export class LossRunCounter {
  #n = 0;
  #lost = 0;
  #max = 0;
  /** Losses since the last received packet. */
  #run = 0;

  /** Records the outcome of the next packet. */
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

  /** Returns the runs so far. A run that has not ended counts with its length so far. */
  result(): LossRuns {
    return { n: this.#n, mean: this.#n === 0 ? null : this.#lost / this.#n, max: this.#max };
  }
}

/**
 * Returns the runs of losses of a finished test.
 *
 * @param received - outcome of each packet in the order of sending; false or 0 is a loss.
 */
export function lossRuns(received: Iterable<boolean | number>): LossRuns {
  const counter = new LossRunCounter();
  for (const outcome of received) counter.observe(Boolean(outcome));
  return counter.result();
}
