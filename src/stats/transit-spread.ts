/**
 * Mean queueing delay from one-way transit times, without synchronised clocks.
 *
 * The constant offset of the two clocks is in the smallest transit time too, so it cancels out (RFC 5481, section 4.2).
 * Their drift does not cancel out: at 100 ppm it is 1 ms in 10 s, so later packets do not count.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../core/time.ts';

/** Time after the first sample in which samples count. */
const SPAN = 10 * NS_PER_S;

/** Mean of transit times above the smallest one. */
export class TransitSpread {
  #until: Instant | null = null;
  #first = 0;
  #smallest = Number.POSITIVE_INFINITY;
  #sum = 0;
  #n = 0;

  /** Records the transit time of a packet: arrival by this clock (`now`) minus sending by the other, in nanoseconds. */
  observe(transitNs: number, now: Instant): void {
    if (this.#until === null) {
      this.#until = now + SPAN;
      this.#first = transitNs;
    }
    if (now > this.#until) return;
    // Relative to the first: a sum that includes the offset of the clocks would lose precision.
    const above = transitNs - this.#first;
    if (above < this.#smallest) this.#smallest = above;
    this.#sum += above;
    this.#n++;
  }

  /** Mean transit time minus the smallest one; `null` below two samples. */
  get meanNs(): Nanos | null {
    return this.#n < 2 ? null : Math.max(0, this.#sum / this.#n - this.#smallest);
  }
}
