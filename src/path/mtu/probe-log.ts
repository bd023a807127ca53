/**
 * The probes of a search, with what became of each: round trips, and how many are lost.
 *
 * Only probes of sizes that pass tell of loss: those that are too large vanish for another reason.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';

/**
 * Time for an answer before any came. RFC 8899 §5.1.1 wants a second or more for PROBE_TIMER, of a sender that
 * does not know the round trip.
 */
const FIRST_TIMEOUT: Nanos = NS_PER_S;
/** Time for an answer at least, once the round trip is known: what a queue, a radio link or a busy host add to it. */
const LEAST_TIMEOUT: Nanos = 150 * NS_PER_MS;
const MOST_TIMEOUT: Nanos = 3 * NS_PER_S;
/** The timeout in round trips, of which the longest counts. */
const ROUND_TRIPS = 3;

interface Probe {
  readonly size: number;
  readonly sentAt: Instant;
  answered: boolean;
  expired: boolean;
}

/** The share of probes of passing sizes that were lost. */
export interface Loss {
  readonly sent: number;
  readonly lost: number;
}

/** Notes probes as they are sent, answered and given up. */
export class ProbeLog {
  readonly #probes: Probe[] = [];
  /** All before this one are answered or given up. */
  #open = 0;
  #longestRtt: Nanos | null = null;
  #shortestRtt: Nanos | null = null;
  #answered = 0;
  /** When the latest of the answered probes was sent. */
  #answeredUntil: Instant = Number.NEGATIVE_INFINITY;

  /** Notes a probe. @returns its number, from 0 */
  sent(size: number, now: Instant): number {
    this.#probes.push({ size, sentAt: now, answered: false, expired: false });
    return this.#probes.length - 1;
  }

  /** Notes an answer, however late. @returns the size of the probe; `null` for an unknown number and for a second answer */
  answered(id: number, now: Instant): number | null {
    const probe = this.#probes[id];
    if (!probe || probe.answered || now < probe.sentAt) return null;
    probe.answered = true;
    this.#answered++;
    const rtt = now - probe.sentAt;
    this.#longestRtt = Math.max(this.#longestRtt ?? 0, rtt);
    this.#shortestRtt = Math.min(this.#shortestRtt ?? rtt, rtt);
    this.#answeredUntil = Math.max(this.#answeredUntil, probe.sentAt);
    return probe.size;
  }

  /** Size of a probe; `null` for an unknown number. */
  sizeOf(id: number): number | null {
    return this.#probes[id]?.size ?? null;
  }

  /** Gives up the probes whose time is over. */
  expire(now: Instant): void {
    const limit = now - this.timeout;
    for (; this.#open < this.#probes.length; this.#open++) {
      const probe = this.#probes[this.#open];
      if (!probe || (!probe.answered && probe.sentAt > limit)) return;
      probe.expired = !probe.answered;
    }
  }

  /** Time to wait for an answer. */
  get timeout(): Nanos {
    if (this.#longestRtt === null) return FIRST_TIMEOUT;
    return Math.min(MOST_TIMEOUT, Math.max(LEAST_TIMEOUT, ROUND_TRIPS * this.#longestRtt));
  }

  /** Whether a probe was answered that was sent in this time: then the path and the target were there. */
  hasAnswerBetween(from: Instant, to: Instant): boolean {
    if (this.#answeredUntil < from) return false;
    return this.#probes.some(({ answered, sentAt }) => answered && sentAt >= from && sentAt <= to);
  }

  /** Loss among the probes of `passed` octets or less. What was sent after the last one that was answered is no loss. */
  lossUpTo(passed: number): Loss {
    const until = this.#answeredUntil;
    const isLost = (probe: Probe): boolean =>
      probe.size <= passed && probe.expired && !probe.answered && probe.sentAt <= until;
    const lost = this.#probes.filter(isLost).length;
    return { sent: lost + this.#answered, lost };
  }

  get count(): number {
    return this.#probes.length;
  }

  get answers(): number {
    return this.#answered;
  }

  /** The longest and the shortest round trip; `null` before the first answer. */
  get longestRtt(): Nanos | null {
    return this.#longestRtt;
  }

  get shortestRtt(): Nanos | null {
    return this.#shortestRtt;
  }
}
