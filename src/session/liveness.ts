/**
 * Detects that the other end of a session no longer sends.
 *
 * TCP reports a vanished peer only after minutes, and its keepalive does not run while data is unacknowledged
 * (tcp(7)). So each end sends a ping at an interval, whatever else it sends, and gives up the other end after a
 * silence. The limit is long enough for a link failure of 5 s: TCP retransmits at doubling intervals, so data
 * arrives at most 10 s and one retransmission timeout after the failure began; one ping interval is added.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../core/time.ts';

/** Time between two pings. */
export const PING_INTERVAL = 2 * NS_PER_S;
/** Time without a frame from the other end after which the session ends. */
export const SILENCE_LIMIT = 13 * NS_PER_S;

/** Message about the loss of the other end. */
export function silenceMessage(end: 'client' | 'server'): string {
  return `no sign of the ${end} for ${SILENCE_LIMIT / NS_PER_S} s`;
}

/** Deadline for frames from the other end, and times of the own pings. */
export class Liveness {
  #heardAt: Instant;
  #signAt: Instant;

  /** @param now - time of the last frame from the other end */
  constructor(now: Instant) {
    this.#heardAt = now;
    this.#signAt = now + PING_INTERVAL;
  }

  /** Records that a frame was received. */
  noteReceived(now: Instant): void {
    this.#heardAt = now;
  }

  /** Whether the other end has been silent for SILENCE_LIMIT. */
  hasTimedOut(now: Instant): boolean {
    return now >= this.#heardAt + SILENCE_LIMIT;
  }

  /** Whether a ping is due now. If so, the caller sends it, and the next one is due after SIGN_INTERVAL. */
  takePing(now: Instant): boolean {
    if (now < this.#signAt) return false;
    this.#signAt = now + PING_INTERVAL;
    return true;
  }

  /** When to call `hasTimedOut` and `takePing` again. */
  get deadline(): Instant {
    return Math.min(this.#signAt, this.#heardAt + SILENCE_LIMIT);
  }
}

/** The earlier of two optional deadlines. */
export function earliest(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
