/**
 * The sizes that a search tries at the same time: when each is sent again, and when it is out of tries.
 *
 * The smallest probe, the control, goes along. It shows that the target answers, so that the silence of another size is
 * due to that size.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS } from '../../core/time.ts';
import type { ProbeLog } from './probe-log.ts';
import { LEAST_TRIES, type TriedSize, triedSize, triesAgainst } from './tried-size.ts';

/** Pace of a round. */
export interface RoundPace {
  /** Sizes in flight at once; 1 for a target that limits its answers. */
  readonly parallel: number;
  /** Time between two probes of one size, at least. */
  readonly gapNs: Nanos;
  /** Pause after which sizes are tried again for which nothing at all was answered. */
  readonly pauseNs: Nanos;
}

/** Time between two tries while nothing was answered. */
const FIRST_GAP: Nanos = 250 * NS_PER_MS;
/** Longest time between two tries that a long round trip causes. */
const MOST_GAP: Nanos = 200 * NS_PER_MS;
/** Tries of the control while nothing was answered. */
const FIRST_TRIES = 8;

/** The sizes of a round, and the control. */
export class SizeRound {
  readonly control: TriedSize;
  readonly #pace: RoundPace;
  readonly #log: ProbeLog;
  #sizes: TriedSize[] = [];
  #tries = LEAST_TRIES;
  #passed = 0;

  /** @param least - size of the control */
  constructor(least: number, pace: RoundPace, log: ProbeLog) {
    this.control = triedSize(least);
    this.#pace = pace;
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#sizes.length === 0;
  }

  add(size: number): void {
    if (!this.#sizes.some((one) => one.size === size)) this.#sizes.push(triedSize(size));
  }

  /** Drops the sizes for which `isOpen` is false. */
  keep(isOpen: (size: number) => boolean): void {
    this.#sizes = this.#sizes.filter(({ size }) => isOpen(size));
  }

  /** Adapts the number of tries to the loss among probes of `passed` octets or less; 0 if nothing has passed. */
  adapt(passed: number): void {
    this.#passed = passed;
    this.#tries = triesAgainst(this.#log.lossUpTo(passed));
  }

  /** The first answer came: with the round trip known, the next tries need not wait as long as the first ones. */
  hasten(): void {
    for (const one of [...this.#sizes, this.control]) one.dueAt = Math.min(one.dueAt, one.lastAt + this.#gap());
  }

  /** The sizes to send now; what waits longest comes first. */
  due(now: Instant): readonly TriedSize[] {
    const due = this.#sizes.filter((size) => size.tries < this.#tries && size.dueAt <= now);
    return due.sort((a, b) => a.dueAt - b.dueAt);
  }

  /**
   * Whether the control is to be sent: along with other sizes, or where answers are scarce only when a size is about to
   * fail.
   */
  wantsControl(now: Instant): boolean {
    if (this.#passed === 0) return this.control.tries < FIRST_TRIES;
    if (this.#pace.parallel > 1 && this.due(now).length > 0) return true;
    return this.#sizes.some(
      (size) => size.tries >= this.#tries && !this.isProven(size) && this.control.lastAt <= size.lastAt,
    );
  }

  /** Notes that a size is sent. */
  sent(size: TriedSize, now: Instant): void {
    if (size.tries === 0) size.firstAt = now;
    size.since = Math.min(size.since, now);
    size.tries++;
    size.lastAt = now;
    size.dueAt = now + this.#gap();
  }

  /** The sizes whose tries are over, ascending. */
  exhausted(now: Instant): readonly TriedSize[] {
    const over = this.#sizes.filter((size) => size.tries >= this.#tries && now >= this.#decidedAt(size));
    return over.sort((a, b) => a.size - b.size);
  }

  /** Whether a probe was answered that was sent among the tries of a size, or with the last one. */
  isProven(size: TriedSize): boolean {
    return this.#log.hasAnswerBetween(size.firstAt, size.lastAt + this.#gap());
  }

  /** Tries a size once more from the beginning, after a pause. */
  retry(size: TriedSize, now: Instant): void {
    size.tries = 0;
    size.dueAt = now + this.#pace.pauseNs;
  }

  /** Whether the control was sent as often as it is while nothing is answered, and its time is over. */
  isSilent(now: Instant): boolean {
    return this.control.tries >= FIRST_TRIES && now >= this.control.lastAt + this.#log.timeout;
  }

  /** When something happens after `now`. @param openAt - when something may be sent */
  nextAt(now: Instant, openAt: Instant): Instant {
    const times = this.#sizes.map((size) =>
      size.tries < this.#tries ? Math.max(size.dueAt, openAt) : this.#decidedAt(size),
    );
    times.push(this.wantsControl(now) ? this.control.dueAt : this.control.lastAt + this.#log.timeout);
    return Math.min(...times.filter((at) => at > now));
  }

  /** When the last try of a size is over, and that of the control after it. */
  #decidedAt({ lastAt }: TriedSize): Instant {
    return lastAt + this.#gap() + this.#log.timeout;
  }

  #gap(): Nanos {
    const rtt = this.#log.longestRtt;
    return rtt === null ? FIRST_GAP : Math.max(this.#pace.gapNs, Math.min(MOST_GAP, rtt));
  }
}
