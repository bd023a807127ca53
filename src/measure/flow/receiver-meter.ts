/**
 * Counts payload of one stream at the receiving end: warm-up, measured window, intervals.
 *
 * The window is common to all streams of the direction (`CommonWindow`). It opens when the first payload of any of them
 * is received (after the warm-up), and lasts for the requested duration, by the clock of the receiver. So the delay of the
 * path does not lower the goodput, and the clocks of the two ends are never compared. While the window is open, there is
 * a row for each interval, even if this stream received nothing.
 *
 * A window that ends with the last arrival is one gap too short: n datagrams at a steady rate span n - 1 gaps. The arrival
 * that opens the window takes none of its time. So the end is extrapolated in proportion to the octets: the window ends
 * when the next arrival would have been received.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import type { CommonWindow } from './common-window.ts';
import { RateSlices } from './rate-slices.ts';

/** What is to be measured of one stream. */
export interface MeterPlan {
  readonly warmupNs: Nanos;
  /** Length of the window; `null` if it lasts until `end`. */
  readonly durationNs: Nanos | null;
  /** Payload after which the window closes. */
  readonly bytes: number | null;
  readonly intervalNs: Nanos;
  /**
   * Whether the sender marks the payload that counts, as in UDP. Marked payload counts even if a queue delays it beyond the
   * duration; the window grows then. For TCP, which marks nothing, the warm-up and the window end by time.
   */
  readonly marked: boolean;
  readonly window: CommonWindow;
}

/**
 * One interval, by the clock of the receiver, relative to the opening of the window. Times of the warm-up are negative.
 */
export interface MeterInterval {
  readonly index: number;
  readonly startNs: Nanos;
  readonly endNs: Nanos;
  readonly omitted: boolean;
  readonly bytes: number;
}

/** Greatest factor by which the window is extrapolated: that for two arrivals, which have one gap between them. */
const MOST_STRETCH = 2;
/**
 * The window opens this long after the start, even if nothing was received. TCP takes a first packet for lost after this
 * time (RFC 6298 §2.1).
 */
const FIRST_ARRIVAL_TIMEOUT = NS_PER_S;
/**
 * Interval at which a stream that has received nothing looks for data, and for data of other streams. Data that it finds
 * may have waited since the last look, so the window opens at that look. If it opened later, a sum could exceed the rate
 * of the line.
 */
const LOOK = NS_PER_MS;

type Phase = 'waiting' | 'warmup' | 'open' | 'closed';

/** The meter of one stream. It reads no clock: every method is given the time, which must not decrease. */
export class ReceiverMeter {
  readonly #plan: MeterPlan;
  readonly #intervals: MeterInterval[] = [];
  readonly #slices = new RateSlices();
  #phase: Phase = 'waiting';
  #startedAt: Instant | undefined;
  #silentAt: Instant = Number.POSITIVE_INFINITY;
  #openedAt: Instant = 0;
  #lastAt: Instant = 0;
  #closedAt: Instant = 0;
  #hasReceived = false;
  #bytes = 0;
  /** The arrival that opened the window, if it was of this stream. It is up to `LOOK` later than the opening. */
  #openingAt: Instant = 0;
  /** Octets of that arrival. */
  #openingBytes = 0;
  #intervalBytes = 0;
  #intervalStart: Instant = 0;
  #boundary: Instant = Number.POSITIVE_INFINITY;
  #lookAt: Instant = Number.POSITIVE_INFINITY;
  #index = 0;

  constructor(plan: MeterPlan) {
    this.#plan = plan;
  }

  /** Octets of payload in the window. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether any payload of this stream was received. */
  get hasReceived(): boolean {
    return this.#hasReceived;
  }

  /** Whether the window has ended. */
  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /** From the common opening to the last arrival of this stream, or to the end of the window; 0 before the opening. */
  get windowNs(): Nanos {
    if (this.#phase === 'waiting' || this.#phase === 'warmup') return 0;
    return (this.#phase === 'closed' ? this.#closedAt : this.#lastAt) - this.#openedAt;
  }

  /** When `tick` has to be called next. */
  get nextBoundary(): Instant {
    return Math.min(this.#boundary, this.#lookAt);
  }

  /** Starts the test: from now on payload is expected. */
  start(now: Instant): void {
    if (this.#phase !== 'waiting') return;
    this.#startedAt = now;
    this.#lookAt = now + LOOK;
  }

  /** Handles a look of the thread of this stream, at `at`, that found no data. */
  handleSilence(at: Instant): void {
    this.#silentAt = at;
  }

  /** Handles an arrival before its payload is counted. Completes the intervals that are over. */
  arrive(now: Instant, warmup = false): void {
    const { window, marked } = this.#plan;
    if (this.#phase === 'waiting') {
      const at = Math.min(now, this.#silentAt);
      const begunAt = window.begin(at);
      if (begunAt === at) this.#openingAt = now;
      this.#begin(begunAt);
    }
    if (this.#phase === 'warmup' && marked && !warmup) this.#open(window.open(now));
    this.tick(now);
  }

  /** Counts payload that is received now. @param warmup - whether it is marked as warm-up; only for marked payload */
  add(bytes: number, now: Instant, warmup = false): void {
    this.#hasReceived = true;
    if (this.#phase !== 'open' || now >= this.#boundary) this.arrive(now, warmup);
    if (this.#phase === 'closed' || (this.#phase === 'open' && warmup)) return;
    this.#intervalBytes += bytes;
    if (this.#phase !== 'open') return;
    // Another thread may have opened the window after this one read the clock.
    this.#lastAt = Math.max(this.#lastAt, now);
    this.#bytes += bytes;
    this.#slices.add(bytes, now - this.#openedAt);
    if (now <= this.#firstAt) this.#openingBytes += bytes;
    if (this.#plan.bytes !== null && this.#bytes >= this.#plan.bytes) this.#close(this.#spanEnd(), now);
  }

  /** Handles the passing of time: completes the intervals that are over. */
  tick(now: Instant): void {
    if (now >= this.#lookAt) this.#look(now);
    this.#complete(now);
  }

  /**
   * Ends the window, not later than now.
   *
   * @param finished - whether the sender sent all that it wanted. Then the window ends with its last octet. If not, the time
   *   in which nothing was received is part of the window
   */
  end(now: Instant, finished: boolean): void {
    const { window, marked, durationNs, bytes } = this.#plan;
    if (this.#phase === 'waiting' && this.#startedAt !== undefined) {
      // If nothing was received, the test lasted since its start. A TCP sender that finished had nothing to send.
      const begunAt = window.begunAt ?? (marked || !finished ? window.begin(this.#startedAt) : undefined);
      if (begunAt !== undefined) this.#begin(begunAt);
    }
    this.tick(now);
    if (this.#phase === 'waiting' || this.#phase === 'closed') return;
    if (this.#phase === 'warmup') {
      this.#phase = 'closed';
      this.#closedAt = this.#openedAt;
      return;
    }
    const planned = this.#closing();
    // Marked payload counts over the whole duration, even if the last datagram was received one gap before its end. A test
    // by payload that also has a duration ends before that, even if some of it was lost.
    const isWhole = marked && finished && durationNs !== null && bytes === null;
    if (isWhole && this.#lastAt <= planned) this.#close(planned, now);
    else if (marked || finished) this.#close(this.#spanEnd(), now);
    else this.#close(now);
  }

  /** Octets in each slice of the window. */
  get slices(): RateSlices['report'] {
    return this.#slices.report;
  }

  /** Returns the next completed interval. */
  pollInterval(): MeterInterval | undefined {
    return this.#intervals.shift();
  }

  /** Begins if another stream has begun, or if the timeout for the first arrival has passed. */
  #look(now: Instant): void {
    const { window, warmupNs, marked } = this.#plan;
    this.#lookAt = now + LOOK;
    const first = (this.#startedAt ?? now) + FIRST_ARRIVAL_TIMEOUT;
    if (this.#phase === 'waiting') {
      const begunAt = window.begunAt ?? (now >= first ? window.begin(first) : undefined);
      if (begunAt !== undefined) this.#begin(begunAt);
    }
    if (this.#phase !== 'warmup' || !marked) return;
    const latest = (window.begunAt ?? now) + warmupNs + FIRST_ARRIVAL_TIMEOUT;
    const openedAt = window.openedAt ?? (now >= latest ? window.open(latest) : undefined);
    if (openedAt !== undefined) this.#open(openedAt);
  }

  #begin(at: Instant): void {
    const { warmupNs, marked, window } = this.#plan;
    this.#intervalStart = at;
    if (warmupNs === 0) return this.#open(marked ? window.open(at) : at);
    this.#phase = 'warmup';
    this.#openedAt = at + warmupNs;
    this.#index = -Math.max(1, Math.ceil(warmupNs / this.#plan.intervalNs));
    // If the sender marks the payload, any stream may receive the first marked one.
    this.#lookAt = marked ? at : Number.POSITIVE_INFINITY;
    this.#arm(at);
  }

  #open(at: Instant): void {
    if (this.#phase === 'warmup') {
      while (at > this.#boundary) this.#emitWarmup();
      if (at > this.#intervalStart) this.#emit(at);
    }
    this.#phase = 'open';
    this.#lookAt = Number.POSITIVE_INFINITY;
    this.#openedAt = at;
    this.#lastAt = at;
    this.#intervalStart = at;
    this.#intervalBytes = 0;
    this.#index = 0;
    this.#arm(at);
  }

  /** Completes the intervals that are over. */
  #complete(now: Instant): void {
    while (now >= this.#boundary) {
      const boundary = this.#boundary;
      const { marked } = this.#plan;
      if (this.#phase === 'warmup') {
        if (!marked && boundary >= this.#openedAt) this.#open(boundary);
        else this.#emitWarmup();
        continue;
      }
      this.#emit(boundary);
      if (!marked && boundary === this.#closing()) this.#close(boundary);
      else this.#arm(boundary);
    }
  }

  #emitWarmup(): void {
    const boundary = this.#boundary;
    this.#emit(boundary);
    this.#arm(boundary);
  }

  /** Closes the window at `at`. Payload received at the very start of an interval gets a row too, which ends at `now`. */
  #close(at: Instant, now: Instant = at): void {
    if (at > this.#intervalStart) this.#emit(at);
    else if (this.#intervalBytes > 0 && now > this.#intervalStart) this.#emit(now);
    this.#phase = 'closed';
    this.#closedAt = at;
    this.#boundary = Number.POSITIVE_INFINITY;
  }

  /** The instant from which on gaps between arrivals count. */
  get #firstAt(): Instant {
    return Math.max(this.#openedAt, this.#openingAt);
  }

  /** When the next arrival would have been received; at most the time of all gaps later. */
  #spanEnd(): Instant {
    const rest = this.#bytes - this.#openingBytes;
    const gaps = rest > 0 ? Math.min(MOST_STRETCH, this.#bytes / rest) : 1;
    const end = this.#firstAt + Math.round((this.#lastAt - this.#firstAt) * gaps);
    return this.#plan.marked ? end : Math.min(end, this.#closing());
  }

  #closing(): Instant {
    return this.#plan.durationNs === null ? Number.POSITIVE_INFINITY : this.#openedAt + this.#plan.durationNs;
  }

  #arm(from: Instant): void {
    const next = from + this.#plan.intervalNs;
    const last = this.#phase === 'warmup' ? this.#openedAt : this.#closing();
    if (!this.#plan.marked) this.#boundary = Math.min(next, last);
    // The last interval of marked payload includes late payload and ends with the test. The last one of its warm-up ends with
    // the first payload.
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
