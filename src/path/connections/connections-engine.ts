/**
 * Connections a second as an engine without I/O: when each stream may connect again, and what became of its attempts.
 *
 * ```text
 *   stream 1   |connect|connect|   connect   |…      one attempt at a time, the next one `gapNs` after the last began
 *   stream 2   |connect| failed ── 10 ms ──> |…
 * ```
 *
 * A target receives no more than was asked for: `streams` attempts at the same time, `count` attempts in all, none after
 * the time is over, and a stream whose attempt failed waits, so that a target that refuses at once is not flooded.
 *
 * @module
 */

import type { Distribution } from '../../core/shapes/flow.ts';
import type { ConnectionsResult, ConnectionsRow, RepeatedSyns } from '../../core/shapes/path/connections.ts';
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { Histogram } from '../../stats/histogram.ts';
import { FailureList } from '../ping/failure-list.ts';
import type { DueProbe, ProbeEngine } from '../probe-engine.ts';
import { type AnswerFacts, type Failure, NO_ANSWER } from '../probe-outcome.ts';

/** Wait of a stream after a failure. */
const AFTER_FAILURE: Nanos = 10 * NS_PER_MS;
/** Time of a row. */
const ROW: Nanos = NS_PER_S;
/** Linux and others send a second SYN after a second (RFC 6298 §2.1). */
const SECOND_SYN: Nanos = NS_PER_S;
/** Shortest measured time that gives a rate. */
const LEAST_TIME: Nanos = 10 * NS_PER_MS;

/** What a target is asked for. */
export interface ConnectionsPlan {
  /** Attempts at the same time. */
  readonly streams: number;
  /** Least time between the begins of two attempts of one stream. */
  readonly gapNs: Nanos;
  readonly timeoutNs: Nanos;
  /** Attempts at the start that do not count. */
  readonly warmup: number;
  /** Attempts after them; `null` for as many as fit in the time. */
  readonly count: number | null;
  /** Time in which attempts begin; 0 until `stop`. */
  readonly durationNs: Nanos;
}

/** One second that is over. */
export type SecondOver = Omit<ConnectionsRow, 'test' | 'address' | 'from'>;

/** The part of a result that is counted here. */
export type ConnectionsFigures = Pick<
  ConnectionsResult,
  | 'opened_per_s'
  | 'connections_opened'
  | 'connections_failed'
  | 'connections_pending'
  | 'failure_ratio'
  | 'duration_ns'
  | 'connect_ns'
  | 'connections_retransmitted'
  | 'repeated_syns'
  | 'failures'
>;

interface Attempt extends DueProbe {
  begunAt: Instant;
  readonly stream: number;
}

/** The bookkeeping of one test of connections. */
export class ConnectionsEngine implements ProbeEngine<SecondOver> {
  readonly #plan: ConnectionsPlan;
  readonly #startedAt: Instant;
  /** When each stream may begin its next attempt; infinite while it has one. */
  readonly #freeAt: number[];
  readonly #attempts = new Map<number, Attempt>();
  readonly #connect = new Histogram();
  readonly #handshakes = new Histogram();
  readonly #failures = new FailureList();
  readonly #events: SecondOver[] = [];
  #row: { start: Instant; opened: number; failed: number; connect: Histogram };
  #taken = 0;
  #opened = 0;
  #retransmitted: number | null = null;
  /** Connections that needed a second SYN, and how long they took together. */
  readonly #repeated = { n: 0, ns: 0 };
  /** Begin and end of the measured attempts. */
  #measuredFrom: Instant | null = null;
  #lastAt: Instant;

  constructor(plan: ConnectionsPlan, startedAt: Instant) {
    this.#plan = plan;
    this.#startedAt = startedAt;
    this.#lastAt = startedAt;
    this.#freeAt = new Array<number>(plan.streams).fill(startedAt);
    this.#row = { start: startedAt, opened: 0, failed: 0, connect: new Histogram() };
  }

  get dueAt(): Instant {
    const due = Math.min(...this.#freeAt);
    return this.#mayBegin(due) ? due : Number.POSITIVE_INFINITY;
  }

  get nextSequence(): number {
    return this.#taken;
  }

  get isDone(): boolean {
    return this.#attempts.size === 0 && !this.#mayBegin(Math.min(...this.#freeAt));
  }

  takeProbe(now: Instant): DueProbe | undefined {
    // A loop that was held up begins nothing after the end.
    if (this.dueAt > now || !this.#mayBegin(now)) {
      if (!this.#mayBegin(now)) this.stop();
      return undefined;
    }
    const stream = this.#freeAt.indexOf(Math.min(...this.#freeAt));
    const sequence = this.#taken++;
    const isWarmup = sequence < this.#plan.warmup;
    if (!isWarmup) this.#measuredFrom ??= now;
    // Timed from the call: a stream that is free late has waited for nothing that its connection depends on.
    const attempt = { sequence, dueAt: now, begunAt: now, isWarmup, stream };
    this.#attempts.set(sequence, attempt);
    this.#freeAt[stream] = Number.POSITIVE_INFINITY;
    return attempt;
  }

  handleSent(sequence: number, at: Instant): void {
    const attempt = this.#attempts.get(sequence);
    if (attempt) attempt.begunAt = at;
  }

  handleAnswer(sequence: number, at: Instant, { retransmitted, handshakeNs }: AnswerFacts): void {
    const attempt = this.#end(sequence, at + (handshakeNs ?? 0), 0);
    if (attempt === undefined || attempt.isWarmup) return;
    const ns = Math.max(0, at - attempt.begunAt);
    this.#opened++;
    this.#connect.record(ns);
    if (handshakeNs !== undefined) this.#handshakes.record(Math.max(0, handshakeNs));
    this.#row.opened++;
    this.#row.connect.record(ns);
    if (retransmitted !== null) this.#retransmitted = (this.#retransmitted ?? 0) + (retransmitted ? 1 : 0);
    if (!(retransmitted ?? ns >= SECOND_SYN)) return;
    this.#repeated.n++;
    this.#repeated.ns += ns;
  }

  handleFailure(sequence: number, at: Instant, failure: Failure): void {
    const attempt = this.#end(sequence, at, AFTER_FAILURE);
    if (attempt === undefined || attempt.isWarmup) return;
    this.#failures.record(failure);
    this.#row.failed++;
  }

  theOnlyOne(): number | undefined {
    const [only] = this.#attempts.keys();
    return this.#attempts.size === 1 ? only : undefined;
  }

  handleTimeout(now: Instant): void {
    for (const { sequence, begunAt } of this.#attempts.values()) {
      if (now - begunAt < this.#plan.timeoutNs) break;
      this.handleFailure(sequence, now, NO_ANSWER);
    }
    while (now - this.#row.start >= ROW) this.#endRow(this.#row.start + ROW);
  }

  pollTimeout(): Instant {
    const [oldest] = this.#attempts.values();
    const timeout = oldest === undefined ? Number.POSITIVE_INFINITY : oldest.begunAt + this.#plan.timeoutNs;
    return Math.min(timeout, this.#row.start + ROW);
  }

  pollEvent(): SecondOver | undefined {
    return this.#events.shift();
  }

  /** Begins no more attempts. Those that were begun may still succeed. */
  stop(): void {
    this.#freeAt.fill(Number.POSITIVE_INFINITY);
    this.#isStopped = true;
  }

  #isStopped = false;

  /** Times of the TLS handshakes. */
  get handshakeNs(): Distribution {
    return this.#handshakes.distribution();
  }

  /** The figures now. */
  figures(): ConnectionsFigures {
    const failed = this.#failures.count;
    const ended = this.#opened + failed;
    const duration = this.#measuredFrom === null ? 0 : Math.max(0, this.#lastAt - this.#measuredFrom);
    return {
      opened_per_s: duration < LEAST_TIME ? null : (this.#opened * NS_PER_S) / duration,
      connections_opened: this.#opened,
      connections_failed: failed,
      connections_pending: [...this.#attempts.values()].filter(({ isWarmup }) => !isWarmup).length,
      failure_ratio: ended === 0 ? null : failed / ended,
      duration_ns: duration,
      connect_ns: this.#connect.distribution(),
      connections_retransmitted: this.#retransmitted,
      repeated_syns: this.#repeatedSyns(duration),
      failures: this.#failures.list(),
    };
  }

  #repeatedSyns(duration: Nanos): RepeatedSyns {
    const { n, ns } = this.#repeated;
    const rest = duration - ns / this.#plan.streams;
    return {
      n,
      told_by: this.#retransmitted === null ? 'time' : 'kernel',
      wait_ns: ns,
      others_per_s: rest < LEAST_TIME ? null : ((this.#opened - n) * NS_PER_S) / rest,
    };
  }

  #mayBegin(at: Instant): boolean {
    const { warmup, count, durationNs } = this.#plan;
    if (this.#isStopped || (count !== null && this.#taken >= warmup + count)) return false;
    return durationNs === 0 || at < this.#startedAt + durationNs || at === Number.POSITIVE_INFINITY;
  }

  #end(sequence: number, at: Instant, wait: Nanos): Attempt | undefined {
    const attempt = this.#attempts.get(sequence);
    if (attempt === undefined) return undefined;
    this.#attempts.delete(sequence);
    this.#lastAt = Math.max(this.#lastAt, at);
    if (!this.#isStopped) this.#freeAt[attempt.stream] = Math.max(at + wait, attempt.begunAt + this.#plan.gapNs);
    return attempt;
  }

  #endRow(end: Instant): void {
    const { start, opened, failed, connect } = this.#row;
    this.#events.push({
      start_ns: start - this.#startedAt,
      end_ns: end - this.#startedAt,
      connections_opened: opened,
      connections_failed: failed,
      connect_ns: connect.distribution(),
    });
    this.#row = { start: end, opened: 0, failed: 0, connect: new Histogram() };
  }
}
