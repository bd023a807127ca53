/**
 * Enforces the rate that the server granted at the receiving end, without relying on the sender.
 *
 * A TCP stream is read no faster than the rate, so that flow control limits the sender. Datagrams have no flow control:
 * for them, it is detected when more was received than a sender that keeps the rate can have sent, even if the path
 * delivered it in bursts.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { Pacer } from '../pacer.ts';

/** Longest stall of the line that reading may catch up on. */
const LINE_STALL: Nanos = NS_PER_S;
/** Greatest difference between the starts of both ends: a sender may be ahead of the rate by this time. */
const START_SKEW: Nanos = 250 * NS_PER_MS;
/** Tolerance for clocks, which differ by up to 10^-4, and for datagrams that the path duplicates. */
const TOLERANCE = 1.05;
/** Octets that a sender may send at once at any rate. */
const TRAIN_BYTES = 64 * 1024;

/** A pacer for reading from a TCP stream, in octets. */
export function readPacer(rateBps: number, now: Instant): Pacer {
  return new Pacer(rateBps / 8, now, LINE_STALL);
}

/** The guard for a stream of datagrams or probes; `null` if no rate is enforced. */
export function rateGuardOf({ heldBps }: { readonly heldBps: number | null }): RateGuard | null {
  return heldBps === null ? null : new RateGuard(heldBps);
}

/** Detects a sender of datagrams that exceeds the rate. */
export class RateGuard {
  readonly #rateBps: number;
  #bytes = 0;
  #startedAt: Instant | undefined;

  constructor(rateBps: number) {
    this.#rateBps = rateBps;
  }

  /** Sets the instant from which on the sender may send. */
  begin(now: Instant): void {
    this.#startedAt = now;
  }

  /** Counts received octets. @returns whether they are more than the rate allows */
  exceeds(bytes: number, now: Instant): boolean {
    this.#bytes += bytes;
    const ns = this.#startedAt === undefined ? 0 : (now - this.#startedAt) * TOLERANCE;
    return this.#bytes > ((ns + START_SKEW) / NS_PER_S / 8) * this.#rateBps + TRAIN_BYTES;
  }
}
