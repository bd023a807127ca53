/**
 * The time of the packet that is being looked at.
 *
 * An object, because a number with a fraction of a second that goes from function to function is allocated anew each
 * time, and a field is not.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';

export class Clock {
  /** Since the first packet with a time; NaN while a packet has none. */
  ns = Number.NaN;
  /** The latest so far; NaN before the first. */
  endNs = Number.NaN;
  #hasOrigin = false;
  #originSeconds = 0;
  #originNs = 0;

  set({ seconds, nanoseconds }: CaptureRecord): void {
    if (seconds === null) {
      this.ns = Number.NaN;
      return;
    }
    if (!this.#hasOrigin) {
      this.#hasOrigin = true;
      this.#originSeconds = seconds;
      this.#originNs = nanoseconds;
    }
    this.ns = (seconds - this.#originSeconds) * 1e9 + (nanoseconds - this.#originNs);
    if (!(this.ns <= this.endNs)) this.endNs = this.ns;
  }
}
