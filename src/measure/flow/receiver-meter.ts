/**
 * Counts payload of one stream at the receiving end: warm-up, measured window, intervals.
 *
 * The window is common to all streams of the direction (`CommonWindow`). It opens by the receiver's own clock when
 * the first payload of any of them arrives (after the warm-up), and lasts for the duration that was asked for. So
 * the goodput of a path with a long delay does not suffer from the time that the first octet was under way, and
 * nothing depends on two clocks. From then on rows come by the clock, whether or not this stream has anything.
 *
 * A window that ends with the last arrival has one gap less than arrivals: n datagrams at a steady
 * rate span n - 1 gaps. What opened the window took no time of it, so the time of the rest stands for
 * all, in proportion: the window ends when the next arrival would have come.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import type { CommonWindow } from './common-window.ts';
import { RateSlices } from './rate-slices.ts';

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
  readonly window: CommonWindow;
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
/**
 * Longest time without a first octet that is delay and not a stall. TCP itself takes a first packet that needs
 * longer than this for lost (RFC 6298, 2.1).
 */
export const PATIENCE = NS_PER_S;
/**
 * How often a stream that has nothing yet looks for it, and whether others have something. What it finds may have waited
 * since it looked before, so that is when the window opens: later, and a sum could be more than the line carries.
 */
const LOOK = NS_PER_MS;

type Phase = 'waiting' | 'warmup' | 'open' | 'closed';

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
  /** The arrival that opened the window, if it was of this stream: a moment later than the window, see `LOOK`. */
  #openingAt: Instant = 0;
  /** Octets that came with it. */
  #openingBytes = 0;
  #intervalBytes = 0;
  #intervalStart: Instant = 0;
  #boundary: Instant = Number.POSITIVE_INFINITY;
  #lookAt: Instant = Number.POSITIVE_INFINITY;
  #index = 0;

  constructor(plan: MeterPlan) {
    this.#plan = plan;
  }

  /** Payload of the window. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether anything of this stream has arrived. */
  get hasReceived(): boolean {
    return this.#hasReceived;
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /** From the common opening to what this stream had last, or to its end; 0 before the window opened. */
  get windowNs(): Nanos {
    if (this.#phase === 'waiting' || this.#phase === 'warmup') return 0;
    return (this.#phase === 'closed' ? this.#closedAt : this.#lastAt) - this.#openedAt;
  }

  /** When `tick` has something to do next. */
  get nextBoundary(): Instant {
    return Math.min(this.#boundary, this.#lookAt);
  }

  /** The test has started: payload is due. */
  start(now: Instant): void {
    if (this.#phase !== 'waiting') return;
    this.#startedAt = now;
    this.#lookAt = now + LOOK;
  }

  /** Takes note that nothing had come at `at`, the last time that this stream's thread looked for it. */
  handleSilence(at: Instant): void {
    this.#silentAt = at;
  }

  /** Takes note that something arrived now, before it is counted; completes the intervals that are over. */
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

  /** Counts payload that arrived now; `warmup` matters for marked payload only. */
  add(bytes: number, now: Instant, warmup = false): void {
    this.#hasReceived = true;
    if (this.#phase !== 'open' || now >= this.#boundary) this.arrive(now, warmup);
    if (this.#phase === 'closed' || (this.#phase === 'open' && warmup)) return;
    this.#intervalBytes += bytes;
    if (this.#phase !== 'open') return;
    // Another thread may have opened the window a moment later than this one looked at its clock.
    this.#lastAt = Math.max(this.#lastAt, now);
    this.#bytes += bytes;
    this.#slices.add(bytes, now - this.#openedAt);
    if (now <= this.#firstAt) this.#openingBytes += bytes;
    if (this.#plan.bytes !== null && this.#bytes >= this.#plan.bytes) this.#close(this.#spanEnd(), now);
  }

  /** Lets time pass: completes the intervals that are over. */
  tick(now: Instant): void {
    if (now >= this.#lookAt) this.#look(now);
    this.#complete(now);
  }

  /**
   * Ends the window, at the latest now. A sender that finished early (`finished`) ends it with its
   * last octet; one that was cut off or fell silent does not make the silence disappear.
   */
  end(now: Instant, finished: boolean): void {
    const { window, marked, durationNs, bytes } = this.#plan;
    if (this.#phase === 'waiting' && this.#startedAt !== undefined) {
      // What ends before anything came was waited for since the start. TCP that finished had nothing to send.
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
    // What was marked counts over the time for which it was sent, even if the last came a gap earlier. A test by
    // payload that also has a longest time ends before that, whatever was lost of it.
    const isWhole = marked && finished && durationNs !== null && bytes === null;
    if (isWhole && this.#lastAt <= planned) this.#close(planned, now);
    else if (marked || finished) this.#close(this.#spanEnd(), now);
    else this.#close(now);
  }

  get slices(): RateSlices['report'] {
    return this.#slices.report;
  }

  pollInterval(): MeterInterval | undefined {
    return this.#intervals.shift();
  }

  /** Takes part in what other streams have begun, or begins by itself when nothing comes anywhere. */
  #look(now: Instant): void {
    const { window, warmupNs, marked } = this.#plan;
    this.#lookAt = now + LOOK;
    const first = (this.#startedAt ?? now) + PATIENCE;
    if (this.#phase === 'waiting') {
      const begunAt = window.begunAt ?? (now >= first ? window.begin(first) : undefined);
      if (begunAt !== undefined) this.#begin(begunAt);
    }
    if (this.#phase !== 'warmup' || !marked) return;
    const latest = (window.begunAt ?? now) + warmupNs + PATIENCE;
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
    // Where the sender marks what counts, any stream may be the first to see it.
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

  /** Closes the window at `at`. What came at the very start of an interval has a row too, up to `now`. */
  #close(at: Instant, now: Instant = at): void {
    if (at > this.#intervalStart) this.#emit(at);
    else if (this.#intervalBytes > 0 && now > this.#intervalStart) this.#emit(now);
    this.#phase = 'closed';
    this.#closedAt = at;
    this.#boundary = Number.POSITIVE_INFINITY;
  }

  /** From when on the gaps between arrivals count. */
  get #firstAt(): Instant {
    return Math.max(this.#openedAt, this.#openingAt);
  }

  /** When the next arrival would have come, at most a second time the gaps that there were. */
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
