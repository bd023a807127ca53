/**
 * What a direction of a flow keeps the same from one datagram to the next. Where a protocol has no constant, only that
 * tells it from others: the SPI of ESP with a sequence number that goes up, the peer and the key of OpenVPN.
 *
 * @module
 */

/** Sequence numbers between two datagrams of which neither was lost: reordering and a few losses allowed. */
const MAX_STEP = 64;

export class SteadyLanes {
  readonly #words: Uint32Array;
  readonly #sequences: Uint32Array;
  readonly #streaks: Uint8Array;

  /** @param lanes - directions of flows: a flow's place times two, plus its direction */
  constructor(lanes: number) {
    this.#words = new Uint32Array(lanes);
    this.#sequences = new Uint32Array(lanes);
    this.#streaks = new Uint8Array(lanes);
  }

  /** Forgets both directions of a flow. */
  clear(slot: number): void {
    this.#streaks.fill(0, slot * 2, slot * 2 + 2);
  }

  /**
   * Notes a datagram. @returns how many that agree came in a row, this one included
   *
   * @param word - what stays the same. @param sequence - what goes up; 0 if nothing does
   */
  note(lane: number, word: number, sequence = 0): number {
    const step = (sequence - (this.#sequences[lane] ?? 0)) >>> 0;
    const goesOn = this.#words[lane] === word && (sequence === 0 || (step > 0 && step <= MAX_STEP));
    const streak = goesOn ? Math.min((this.#streaks[lane] ?? 0) + 1, 255) : 1;
    this.#words[lane] = word;
    this.#sequences[lane] = sequence;
    this.#streaks[lane] = streak;
    return streak;
  }
}
