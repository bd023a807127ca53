/**
 * Time in queues on the way, from one-way transit times of clocks that do not agree.
 *
 * The constant offset of two clocks is in the smallest transit time too, so it cancels out (RFC 5481, section 4.2).
 * What they drift apart does not: at 100 ppm it is 1 ms in 10 s, so what comes later is left out.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../core/time.ts';

/** Samples of this time from the first are taken. */
const SPAN = 10 * NS_PER_S;

export class TransitSpread {
  #until: Instant | null = null;
  #first = 0;
  #smallest = Number.POSITIVE_INFINITY;
  #sum = 0;
  #n = 0;

  /** Takes the transit time of a packet: arrival at `now` minus sending, in nanoseconds of two clocks. */
  observe(transitNs: number, now: Instant): void {
    if (this.#until === null) {
      this.#until = now + SPAN;
      this.#first = transitNs;
    }
    if (now > this.#until) return;
    // Above the first: with the offset of two clocks the sum would lose digits.
    const above = transitNs - this.#first;
    if (above < this.#smallest) this.#smallest = above;
    this.#sum += above;
    this.#n++;
  }

  /** Mean transit time above the smallest; `null` below two samples. */
  get meanNs(): Nanos | null {
    return this.#n < 2 ? null : Math.max(0, this.#sum / this.#n - this.#smallest);
  }
}
