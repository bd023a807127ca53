/**
 * Interarrival jitter as RTP defines it and iperf3 reports it for UDP.
 *
 * @see RFC 3550 section 6.4.1: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16.
 *
 * @module
 */

/** Weight of one packet. */
const GAIN = 1 / 16;

/**
 * Smooths the change of transit time from one packet to the next, in order of arrival.
 *
 * The clocks of sender and receiver need not be synchronised: only differences of transit times are used, so
 * a constant offset cancels out. The estimate starts at 0 and is too low for the first few dozen packets.
 */
export class Rfc3550Jitter {
  #previousNs: number | null = null;
  #valueNs: number | null = null;

  /** Records the transit time of the packet received last: time of arrival minus time of sending, in nanoseconds. */
  observe(transitNs: number): void {
    if (this.#previousNs !== null) {
      const jitter = this.#valueNs ?? 0;
      this.#valueNs = jitter + (Math.abs(transitNs - this.#previousNs) - jitter) * GAIN;
    }
    this.#previousNs = transitNs;
  }

  /** Jitter in nanoseconds; `null` below two packets. */
  get valueNs(): number | null {
    return this.#valueNs;
  }
}
