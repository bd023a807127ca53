/**
 * Counts payload at the receiving end: warm-up, measured window, intervals.
 *
 * The window opens by the receiver's own clock when the first payload arrives (after the warm-up),
 * and lasts for the duration that was asked for. So the goodput of a path with a long delay does not
 * suffer from the time that the first octet was under way, and nothing depends on two clocks.
 *
 * A window that ends with the last arrival has one gap less than arrivals: n datagrams at a steady
 * rate span n - 1 gaps. What opened the window took no time of it, so the time of the rest stands for
 * all, in proportion: the window ends when the next arrival would have come.
 *
 * @module
 */
import type { Instant, Nanos } from '../core/time.ts';

export interface MeterPlan {
  readonly warmupNs: Nanos;
  /** Length of the window; `null` until `end`. */
  readonly durationNs: Nanos | null;
  /** Payload after which the window closes. */
  readonly bytes: number | null;
  readonly intervalNs: Nanos;
  /**
   * TCP knows the warm-up by time; of UDP the sender marks each datagram. Then what was marked as
   * payload counts even when a queue holds it back beyond the duration, and the window grows with it.
   */
  readonly marked: boolean;
}

/** One interval, on the receiver's clock since the window opened (or will open). */
export interface MeterInterval {
  readonly index: number;
  readonly startNs: Nanos;
  readonly endNs: Nanos;
  readonly omitted: boolean;
  readonly bytes: number;
}

/** Two arrivals have one gap between them, and however much came with the first, no more is known. */
const MOST_STRETCH = 2;

type Phase = 'waiting' | 'warmup' | 'open' | 'closed';

export class ReceiverMeter {
  readonly #plan: MeterPlan;
  readonly #intervals: MeterInterval[] = [];
  #phase: Phase = 'waiting';
  #openedAt: Instant = 0;
  #lastAt: Instant = 0;
  #closedAt: Instant = 0;
  #bytes = 0;
  /** Octets that came with the arrival that opened the window. */
  #openingBytes = 0;
  #intervalBytes = 0;
  #intervalStart: Instant = 0;
  #boundary: Instant = Number.POSITIVE_INFINITY;
  #index = 0;

  constructor(plan: MeterPlan) {
    this.#plan = plan;
  }

  /** Payload of the window. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether anything has arrived. */
  get begun(): boolean {
    return this.#phase !== 'waiting';
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /** Length of the window so far, or in the end; 0 before it opened. */
  get windowNs(): Nanos {
    if (this.#phase === 'waiting' || this.#phase === 'warmup') return 0;
    return (this.#phase === 'closed' ? this.#closedAt : this.#lastAt) - this.#openedAt;
  }

  /** When `tick` has something to do next. */
  get nextBoundary(): Instant {
    return this.#boundary;
  }

  /** Counts payload that arrived now; `warmup` matters for marked payload only. */
  add(bytes: number, now: Instant, warmup = false): void {
    if (now >= this.#boundary) this.tick(now);
    if (this.#phase === 'waiting') this.#begin(now, warmup);
    else if (this.#phase === 'warmup' && this.#plan.marked && !warmup) this.#open(now);
    if (this.#phase === 'closed' || (this.#phase === 'open' && warmup)) return;
    this.#intervalBytes += bytes;
    if (this.#phase !== 'open') return;
    this.#lastAt = now;
    this.#bytes += bytes;
    if (now === this.#openedAt) this.#openingBytes += bytes;
    if (this.#plan.bytes !== null && this.#bytes >= this.#plan.bytes) this.#close(this.#spanEnd(), now);
  }

  /** Lets time pass: completes the intervals that are over. */
  tick(now: Instant): void {
    while (now >= this.#boundary) {
      const boundary = this.#boundary;
      this.#emit(boundary);
      if (this.#phase === 'warmup' && !this.#plan.marked && boundary >= this.#openedAt) this.#open(boundary);
      else if (this.#phase === 'open' && !this.#plan.marked && boundary === this.#closing()) this.#close(boundary);
      else this.#arm(boundary);
    }
  }

  /**
   * Ends the window, at the latest now. A sender that finished early (`finished`) ends it with its
   * last octet; one that was cut off or fell silent does not make the silence disappear.
   */
  end(now: Instant, finished: boolean): void {
    this.tick(now);
    if (this.#phase === 'waiting' || this.#phase === 'closed') return;
    if (this.#phase === 'warmup') {
      this.#phase = 'closed';
      this.#closedAt = this.#openedAt;
      return;
    }
    const { marked, durationNs } = this.#plan;
    const planned = this.#closing();
    // What was marked counts over the time for which it was sent, even if the last came a gap earlier.
    if (marked && finished && durationNs !== null && this.#lastAt <= planned) this.#close(planned, now);
    else if (marked || finished) this.#close(this.#spanEnd(), now);
    else this.#close(now);
  }

  pollInterval(): MeterInterval | undefined {
    return this.#intervals.shift();
  }

  #begin(now: Instant, warmup: boolean): void {
    const { warmupNs, marked } = this.#plan;
    if (marked ? !warmup : warmupNs === 0) return this.#open(now);
    this.#phase = 'warmup';
    this.#openedAt = now + warmupNs;
    this.#intervalStart = now;
    this.#index = -Math.max(1, Math.ceil(warmupNs / this.#plan.intervalNs));
    this.#arm(now);
  }

  #open(now: Instant): void {
    if (this.#phase === 'warmup' && now > this.#intervalStart) this.#emit(now);
    this.#phase = 'open';
    this.#openedAt = now;
    this.#lastAt = now;
    this.#intervalStart = now;
    this.#intervalBytes = 0;
    this.#index = 0;
    this.#arm(now);
  }

  /** Closes the window at `at`. What came at the very start of an interval has a row too, up to `now`. */
  #close(at: Instant, now: Instant = at): void {
    const rowEnd = at > this.#intervalStart ? at : now;
    if (this.#intervalBytes > 0 && rowEnd > this.#intervalStart) this.#emit(rowEnd);
    this.#phase = 'closed';
    this.#closedAt = at;
    this.#boundary = Number.POSITIVE_INFINITY;
  }

  /** When the next arrival would have come, at most a second time the gaps that there were. */
  #spanEnd(): Instant {
    const rest = this.#bytes - this.#openingBytes;
    const gaps = rest > 0 ? Math.min(MOST_STRETCH, this.#bytes / rest) : 1;
    const end = this.#openedAt + Math.round((this.#lastAt - this.#openedAt) * gaps);
    return this.#plan.marked ? end : Math.min(end, this.#closing());
  }

  #closing(): Instant {
    return this.#plan.durationNs === null ? Number.POSITIVE_INFINITY : this.#openedAt + this.#plan.durationNs;
  }

  #arm(from: Instant): void {
    const next = from + this.#plan.intervalNs;
    const last = this.#phase === 'warmup' ? this.#openedAt : this.#closing();
    if (!this.#plan.marked) this.#boundary = Math.min(next, last);
    // The last interval of marked payload takes in what comes late and ends with the test; that of its
    // warm-up ends with the first payload.
    else this.#boundary = next >= last ? Number.POSITIVE_INFINITY : next;
  }

  #emit(end: Instant): void {
    this.#intervals.push({
      index: this.#index++,
      startNs: this.#intervalStart - this.#openedAt,
      endNs: end - this.#openedAt,
      omitted: this.#phase === 'warmup',
      bytes: this.#intervalBytes,
    });
    this.#intervalStart = end;
    this.#intervalBytes = 0;
  }
}
