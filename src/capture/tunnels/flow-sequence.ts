/**
 * Loss, duplicates and order by the sequence numbers of one flow, in bounded memory.
 *
 * Numbers of 16 or 32 bits come round and go on. One that is far from those before is left out, unless the
 * next is close to it: then the numbers began anew.
 *
 * @module
 */

import { SequenceTracker } from '../../stats/sequence.ts';
import type { TunnelSequenceReport } from '../documents/capture-tunnels.ts';

/** Numbers that are remembered: 512 octets. */
const WINDOW = 4096;
/** Numbers before the first that a packet may come late by. */
const MARGIN = WINDOW / 2;
/** A step further than this is none, of 32 bits and of 16. */
const MAX_STEP = 2 ** 20;
const MAX_STEP_16 = 2 ** 14;

export class FlowSequence {
  readonly #shift: number;
  readonly #maxStep: number;
  #tracker = new SequenceTracker(WINDOW);
  /** The largest number so far as it was in the packet, and as it is counted. */
  #last = 0;
  #lastCounted = -1;
  #least = MARGIN;
  /** The number that was far from the others, if the last was. */
  #candidate = -1;
  #restarts = 0;
  #implausible = 0;
  /** Of what was before the numbers began anew. */
  #before = { received: 0, lost: 0, duplicated: 0, reordered: 0, stale: 0 };

  /** @param bits - of a number */
  constructor(bits: 16 | 32) {
    this.#shift = 32 - bits;
    this.#maxStep = bits === 16 ? MAX_STEP_16 : MAX_STEP;
  }

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

  /** `null` if most numbers do not go on from those before: they are something else. */
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
    // The one before was the first of the new numbers.
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

  /** How far it is from one number to another, the shorter way round. */
  #stepFrom(from: number, to: number): number {
    return ((to - from) << this.#shift) >> this.#shift;
  }
}
