/**
 * Whether the other end of a session is still there, by what it sends.
 *
 * TCP tells of an end that vanished without a word after minutes at the earliest, and its keepalive rests while data
 * is unacknowledged (tcp(7)). So each end sends a sign of life at an interval, whatever else it sends, and gives up the
 * other after a silence that a line which was away for 5 s does not make: TCP repeats at doubling intervals, and so
 * comes through 10 s and one retransmission timeout after the line went away at the latest, to which an interval is
 * added.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../core/time.ts';

/** Time between two signs of life. */
export const SIGN_INTERVAL = 2 * NS_PER_S;
/** Silence after which the other end counts as gone. */
export const SILENCE_LIMIT = 13 * NS_PER_S;

/** What to say of it. */
export function silenceOf(end: 'client' | 'server'): string {
  return `no sign of the ${end} for ${SILENCE_LIMIT / NS_PER_S} s`;
}

export class Liveness {
  #heardAt: Instant;
  #signAt: Instant;

  /** @param now - when the other end was last heard */
  constructor(now: Instant) {
    this.#heardAt = now;
    this.#signAt = now + SIGN_INTERVAL;
  }

  /** Takes note of anything that came. */
  hear(now: Instant): void {
    this.#heardAt = now;
  }

  isGone(now: Instant): boolean {
    return now >= this.#heardAt + SILENCE_LIMIT;
  }

  /** Whether a sign is due now; it counts as sent. */
  takeSign(now: Instant): boolean {
    if (now < this.#signAt) return false;
    this.#signAt = now + SIGN_INTERVAL;
    return true;
  }

  /** When to ask again. */
  get deadline(): Instant {
    return Math.min(this.#signAt, this.#heardAt + SILENCE_LIMIT);
  }
}

/** The first of two deadlines, either of which may not be there. */
export function earliest(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
