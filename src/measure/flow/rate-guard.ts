/**
 * Holds what comes in to the rate that was granted: the sender is told, but not believed.
 *
 * Of TCP no more is read than is due, so that its flow control holds the sender back. Datagrams have none:
 * there it is told when more came than an honest sender can have sent, however the path bunched it.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { Pacer } from '../pacer.ts';

/** Longest stall of the line after which what it held back is read at once. */
const LINE_STALL: Nanos = NS_PER_S;
/** A sender keeps its rate from the start on: what came may be ahead of that only by as much as the ends start apart. */
const START_SKEW: Nanos = 250 * NS_PER_MS;
/** Clocks differ by 10^-4, and a path may repeat datagrams. */
const TOLERANCE = 1.05;
/** Datagrams that leave together, whatever the rate is. */
const TRAIN_BYTES = 64 * 1024;

/** How much of a TCP stream may be read by now, in octets. */
export function readPacer(rateBps: number, now: Instant): Pacer {
  return new Pacer(rateBps / 8, now, LINE_STALL);
}

/** The guard of a stream of datagrams or probes; `null` where nobody is held to anything. */
export function rateGuardOf({ heldBps }: { readonly heldBps: number | null }): RateGuard | null {
  return heldBps === null ? null : new RateGuard(heldBps);
}

export class RateGuard {
  readonly #rateBps: number;
  #bytes = 0;
  #startedAt: Instant | undefined;

  constructor(rateBps: number) {
    this.#rateBps = rateBps;
  }

  /** The sender may send from now on. */
  begin(now: Instant): void {
    this.#startedAt = now;
  }

  /** Takes note of octets that came. @returns whether they are too many */
  exceeds(bytes: number, now: Instant): boolean {
    this.#bytes += bytes;
    const ns = this.#startedAt === undefined ? 0 : (now - this.#startedAt) * TOLERANCE;
    return this.#bytes > ((ns + START_SKEW) / NS_PER_S / 8) * this.#rateBps + TRAIN_BYTES;
  }
}
