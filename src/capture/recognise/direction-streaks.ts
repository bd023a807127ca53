/**
 * Counts consecutive datagrams of a direction that have the same id. A protocol without constant fields is recognised
 * by this only: ESP by its SPI and a rising sequence number, OpenVPN by its peer and key.
 *
 * @module
 */

/** Maximum difference of sequence numbers between two datagrams: allows for some losses. */
const MAX_STEP = 64;

/** For each direction of a flow, how many consistent datagrams came in a row. */
export class DirectionStreaks {
  readonly #words: Uint32Array;
  readonly #sequences: Uint32Array;
  readonly #streaks: Uint8Array;

  /** @param directions - number of directions: twice the number of flows */
  constructor(directions: number) {
    this.#words = new Uint32Array(directions);
    this.#sequences = new Uint32Array(directions);
    this.#streaks = new Uint8Array(directions);
  }

  /** Resets both directions of a flow. */
  clear(slot: number): void {
    this.#streaks.fill(0, slot * 2, slot * 2 + 2);
  }

  /**
   * Records a datagram.
   *
   * @param directedFlow - slot of the flow times two, plus the direction
   * @param word - the id that has to stay the same
   * @param sequence - a number that has to rise; 0 if there is none
   * @returns how many consistent datagrams came in a row, this one included; at most 255
   */
  note(directedFlow: number, word: number, sequence = 0): number {
    const step = (sequence - (this.#sequences[directedFlow] ?? 0)) >>> 0;
    const goesOn = this.#words[directedFlow] === word && (sequence === 0 || (step > 0 && step <= MAX_STEP));
    const streak = goesOn ? Math.min((this.#streaks[directedFlow] ?? 0) + 1, 255) : 1;
    this.#words[directedFlow] = word;
    this.#sequences[directedFlow] = sequence;
    this.#streaks[directedFlow] = streak;
    return streak;
  }
}
