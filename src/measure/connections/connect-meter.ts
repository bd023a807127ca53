/**
 * Counts the connections that a client opens: warm-up, intervals, the time that each took, and failures.
 *
 * The measured part lasts from the end of the warm-up for the duration of the test, by the client's clock. A connection
 * counts when it began in the measured part.
 *
 * @module
 */
import type { ConnectionTls, ConnectReport } from '../../core/shapes/connections.ts';
import type { Distribution } from '../../core/shapes/flow.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import type { Instant, Nanos } from '../../core/time.ts';
import { Histogram } from '../../stats/histogram.ts';
import { FailureCounts } from './failure-counts.ts';

/** One interval of the client; `index` is 0 for the first one of the measured part, and negative before. */
export interface ConnectRow {
  readonly index: number;
  readonly start_ns: Nanos;
  readonly end_ns: Nanos;
  readonly omitted: boolean;
  readonly opened: number;
  readonly failed: number;
  readonly connect_ns: Distribution;
}

/** The meter. It reads no clock: every method is given the time, which must not decrease. */
export class ConnectMeter {
  /** When the measured part begins. */
  readonly countsFrom: Instant;
  /** When no more connections are begun; infinity for a test that the user ends. */
  readonly endsAt: Instant;
  readonly #intervalNs: Nanos;
  readonly #rows: ConnectRow[] = [];
  readonly #failures = new FailureCounts();
  readonly #times = new Histogram();
  readonly #handshakes = new Histogram();
  #opened = 0;
  #index: number;
  #rowStart: Instant;
  #rowTimes = new Histogram();
  #rowOpened = 0;
  #rowFailed = 0;

  constructor({ warmup_ns, duration_ns, interval_ns }: TestSpec, now: Instant) {
    this.countsFrom = now + warmup_ns;
    this.endsAt = duration_ns === null ? Number.POSITIVE_INFINITY : this.countsFrom + duration_ns;
    this.#intervalNs = interval_ns;
    this.#index = 0 - Math.ceil(warmup_ns / interval_ns);
    this.#rowStart = now;
  }

  /** Connections opened in the measured part. */
  get opened(): number {
    return this.#opened;
  }

  /** When `tick` has to be called next. */
  get nextBoundary(): Instant {
    return Math.min(this.#rowEnd, this.endsAt);
  }

  /** Whether a connection that begins now is of the warm-up. */
  isWarmup(now: Instant): boolean {
    return now < this.countsFrom;
  }

  /** Counts a connection that was opened, by when it began. */
  addOpened(begunAt: Instant, now: Instant): void {
    this.tick(now);
    const took = Math.max(0, now - begunAt);
    this.#rowOpened++;
    this.#rowTimes.record(took);
    if (begunAt < this.countsFrom) return;
    this.#opened++;
    this.#times.record(took);
  }

  /**
   * Counts a connection whose TLS handshake is complete, by when it began. Its two parts are timed apart.
   *
   * @param connectedAt - when the TCP connection stood
   */
  addSecured(begunAt: Instant, connectedAt: Instant, now: Instant): void {
    this.tick(now);
    const took = Math.max(0, connectedAt - begunAt);
    this.#rowOpened++;
    this.#rowTimes.record(took);
    if (begunAt < this.countsFrom) return;
    this.#opened++;
    this.#times.record(took);
    this.#handshakes.record(Math.max(0, now - connectedAt));
  }

  /** Counts a connection that failed, by when it began. */
  addFailed(error: string, begunAt: Instant, now: Instant): void {
    this.tick(now);
    this.#rowFailed++;
    if (begunAt >= this.countsFrom) this.#failures.add(error);
  }

  /** Handles the passing of time: completes the intervals that are over. */
  tick(now: Instant): void {
    while (now >= this.#rowEnd) this.#emit(this.#rowEnd);
  }

  /** Ends the test: completes the last interval. What came of connections after the end is in it. */
  end(now: Instant): void {
    this.tick(now);
    const end = Math.min(now, this.endsAt);
    if (end > this.#rowStart) this.#emit(end);
  }

  /** Returns the next completed interval. */
  pollInterval(): ConnectRow | undefined {
    return this.#rows.shift();
  }

  /** The totals at `now`. @param tls - what the handshakes agreed on; `null` without them */
  report(
    now: Instant,
    held: ConnectReport['held'],
    tls: Omit<ConnectionTls, 'handshake_ns'> | null = null,
  ): ConnectReport {
    return {
      opened: this.#opened,
      failed: this.#failures.total,
      failures: this.#failures.list,
      connect_ns: this.#times.distribution(),
      elapsed_ns: Math.max(0, Math.min(now, this.endsAt) - this.countsFrom),
      held,
      tls: tls && { ...tls, handshake_ns: this.#handshakes.distribution() },
    };
  }

  get #rowEnd(): Instant {
    if (this.#index < 0) return Math.min(this.#rowStart + this.#intervalNs, this.countsFrom);
    const end = this.countsFrom + (this.#index + 1) * this.#intervalNs;
    return end >= this.endsAt ? Number.POSITIVE_INFINITY : end;
  }

  #emit(end: Instant): void {
    this.#rows.push({
      index: this.#index,
      start_ns: this.#rowStart - this.countsFrom,
      end_ns: end - this.countsFrom,
      omitted: this.#index < 0,
      opened: this.#rowOpened,
      failed: this.#rowFailed,
      connect_ns: this.#rowTimes.distribution(),
    });
    this.#index++;
    this.#rowStart = end;
    this.#rowTimes = new Histogram();
    this.#rowOpened = 0;
    this.#rowFailed = 0;
  }
}
