/**
 * Counts loss, duplicates and reordering by the sequence numbers of one flow, in bounded memory.
 *
 * Numbers of 16 or 32 bits wrap around. A number far from the earlier ones is ignored, unless the next number is close
 * to it: then the sender has restarted its numbers.
 *
 * @module
 */

import { SequenceTracker } from '../../stats/sequence.ts';
import type { TunnelSequenceReport } from '../documents/capture-tunnels.ts';

/** Size of the window for duplicates, in numbers: 512 octets. */
const WINDOW = 4096;
/** How far below the first number a reordered packet may be. */
const MARGIN = WINDOW / 2;
/** Maximum difference to the largest number, for numbers of 32 and of 16 bits. */
const MAX_STEP = 2 ** 20;
const MAX_STEP_16 = 2 ** 14;

/** Statistics of the sequence numbers of one flow, in one direction. */
export class FlowSequence {
  readonly #shift: number;
  readonly #maxStep: number;
  #tracker = new SequenceTracker(WINDOW);
  /** The largest number so far: as in the packet, and extended beyond the wraparound. */
  #last = 0;
  #lastCounted = -1;
  #least = MARGIN;
  /** The last number, if it was far from the others; else -1. */
  #candidate = -1;
  #restarts = 0;
  #implausible = 0;
  /** Sums of the counts before the last restart. */
  #before = { received: 0, lost: 0, duplicated: 0, reordered: 0, stale: 0 };

  /** @param bits - size of a sequence number */
  constructor(bits: 16 | 32) {
    this.#shift = 32 - bits;
    this.#maxStep = bits === 16 ? MAX_STEP_16 : MAX_STEP;
  }

  /** Counts the sequence number of a packet. */
  observe(number: number): void {
    if (this.#lastCounted < 0) {
      this.#begin(number);
      return;
    }
    const step = this.#stepFrom(this.#last, number);
    if (Math.abs(step) > this.#maxStep) {
      if (this.#candidate >= 0 && Math.abs(this.#stepFrom(this.#candidate, number)) < MARGIN) this.#restart(number);
      else {
        this.#implausible++;
        this.#candidate = number;
      }
      return;
    }
    this.#candidate = -1;
    this.#count(number, this.#lastCounted + step);
  }

  /**
   * The counts so far; `null` if most numbers do not continue earlier ones: then the field is not a sequence number.
   */
  result(): TunnelSequenceReport | null {
    const { received, duplicated, reordered, stale, lost } = this.#sums();
    if (received === 0 || this.#implausible + this.#restarts > (received + duplicated) / 2) return null;
    return {
      received,
      lost,
      loss_ratio: lost / (lost + received),
      duplicated,
      reordered,
      stale,
      restarts: this.#restarts,
      implausible: this.#implausible,
    };
  }

  #begin(number: number): void {
    this.#least = MARGIN;
    this.#lastCounted = MARGIN - 1;
    this.#last = number - 1;
    this.#candidate = -1;
    this.#count(number, MARGIN);
  }

  #count(number: number, counted: number): void {
    if (counted >= 0) this.#tracker.observe(counted);
    else this.#before.stale++;
    if (counted >= 0 && counted < this.#least) this.#least = counted;
    if (counted <= this.#lastCounted) return;
    this.#lastCounted = counted;
    this.#last = number;
  }

  #restart(number: number): void {
    this.#before = this.#sums();
    this.#tracker = new SequenceTracker(WINDOW);
    this.#restarts++;
    // The number before this one was the first of the new numbers.
    const first = this.#candidate;
    this.#implausible--;
    this.#begin(first);
    this.#count(number, MARGIN + this.#stepFrom(first, number));
  }

  #sums() {
    const { received, duplicated, reordered, stale, nextExpected } = this.#tracker;
    const lost = received === 0 ? 0 : Math.max(nextExpected - this.#least - received, 0);
    return {
      received: this.#before.received + received,
      lost: this.#before.lost + lost,
      duplicated: this.#before.duplicated + duplicated,
      reordered: this.#before.reordered + reordered,
      stale: this.#before.stale + stale,
    };
  }

  /** Signed difference of two numbers, modulo their size. */
  #stepFrom(from: number, to: number): number {
    return ((to - from) << this.#shift) >> this.#shift;
  }
}
