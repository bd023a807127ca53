/**
 * Octets that may be sent: so many at once, and then at a rate.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../../core/time.ts';

/** A bucket of octets. What is taken may leave it in debt, which has to be paid before more is taken. */
export class ByteCredit {
  readonly #octetsPerNs: number;
  readonly #burstBytes: number;
  #credit: number;
  #at: Instant | undefined;

  /**
   * @param rateBps - in bit/s
   * @param burstBytes - octets at once
   */
  constructor(rateBps: number, burstBytes: number) {
    this.#octetsPerNs = rateBps / 8 / NS_PER_S;
    this.#burstBytes = burstBytes;
    this.#credit = burstBytes;
  }

  /** Adds what is due. The first call begins the time. */
  refill(now: Instant): void {
    const since = this.#at === undefined ? 0 : now - this.#at;
    this.#at = now;
    this.#credit = Math.min(this.#burstBytes, this.#credit + since * this.#octetsPerNs);
  }

  /** Whether something may be sent now. */
  get isOpen(): boolean {
    return this.#credit > 0;
  }

  take(bytes: number): void {
    this.#credit -= bytes;
  }

  /** When something may be sent, counted from the last `refill`. */
  get openAt(): Instant {
    const at = this.#at ?? 0;
    return this.isOpen ? at : at + -this.#credit / this.#octetsPerNs + 1;
  }
}
