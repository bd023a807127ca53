/**
 * A ping as an engine without I/O: which probe is due, which probes wait, and what becomes of each.
 *
 * ```text
 *   takeProbe(now) ── sent ──> waiting ── handleAnswer ──> answered ── again ──> duplicate
 *                                 │── handleFailure ──> failed
 *                                 └── time-out ──> failed (ETIMEDOUT) ── handleAnswer ──> late
 * ```
 *
 * The time of a probe is measured from the instant at which it was due. So a stall of this host counts, and removes no
 * samples (coordinated omission). A failure ends its probe alone.
 *
 * @module
 */
import type { PingFigures } from '../../core/shapes/path/ping.ts';
import type { Instant, Nanos } from '../../core/time.ts';
import type { DueProbe, ProbeEngine } from '../probe-engine.ts';
import { type AnswerFacts, type Failure, NO_ANSWER } from '../probe-outcome.ts';
import { PingTally } from './ping-tally.ts';
import { type ProbePlan, ProbeSchedule } from './probe-schedule.ts';

/** Settled probes that are remembered, so that duplicates and late answers are recognised. */
const REMEMBERED = 4096;
/** Further answers to one probe that are reported one by one. More of them are only counted. */
const MOST_TOLD = 3;

/** What became of a probe, for a row. Times are since the probe was due. */
export type PingEvent = { readonly sequence: number; readonly isWarmup: boolean } & (
  | { readonly tag: 'answer' | 'late' | 'duplicate'; readonly rttNs: Nanos; readonly facts: AnswerFacts }
  | { readonly tag: 'failure'; readonly afterNs: Nanos; readonly failure: Failure }
);

interface Sent extends DueProbe {
  sentAt: Instant;
  state: 'waiting' | 'answered' | 'failed';
  rttNs: Nanos | null;
  further: number;
}

/** The bookkeeping of one ping. */
export class PingEngine implements ProbeEngine<PingEvent> {
  readonly #plan: ProbePlan;
  readonly #target: string;
  readonly #schedule: ProbeSchedule;
  readonly #tally = new PingTally();
  /** In the order of sending. */
  readonly #sent = new Map<number, Sent>();
  readonly #events: PingEvent[] = [];
  /** The first probe that may still wait, and the first whose outcome was not counted. They are the same. */
  #oldest = 0;
  #next = 0;
  #highest = -1;

  /** @param target - address that is expected to answer */
  constructor(plan: ProbePlan, target: string, startedAt: Instant) {
    this.#plan = plan;
    this.#target = target;
    this.#schedule = new ProbeSchedule(plan, startedAt);
  }

  /** When the next probe is due; infinite if none is left. */
  get dueAt(): Instant {
    return this.#schedule.dueAt;
  }

  get nextSequence(): number {
    return this.#next;
  }

  /** Probes that wait for an answer. */
  get waiting(): number {
    let waiting = 0;
    for (let i = this.#oldest; i < this.#next; i++) if (this.#sent.get(i)?.state === 'waiting') waiting++;
    return waiting;
  }

  /** Whether every probe was sent, and none waits. */
  get isDone(): boolean {
    return this.dueAt === Number.POSITIVE_INFINITY && this.#oldest === this.#next;
  }

  takeProbe(now: Instant): DueProbe | undefined {
    const probe = this.#schedule.take(now);
    if (probe === undefined) return undefined;
    this.#sent.set(probe.sequence, { ...probe, sentAt: now, state: 'waiting', rttNs: null, further: 0 });
    this.#next = probe.sequence + 1;
    if (!probe.isWarmup) this.#tally.recordSent();
    this.#forget();
    return probe;
  }

  handleSent(sequence: number, at: Instant): void {
    const sent = this.#sent.get(sequence);
    if (sent === undefined) return;
    sent.sentAt = at;
    if (!sent.isWarmup) this.#tally.recordLateness(at - sent.dueAt);
  }

  /** Records an answer. One to a probe that was never sent, or is no longer remembered, is ignored. */
  handleAnswer(sequence: number, at: Instant, facts: AnswerFacts): void {
    const sent = this.#sent.get(sequence);
    if (sent === undefined) return;
    // A stamp of the kernel is converted from another clock, so it may be slightly before the probe was sent.
    const receivedAt = Math.max(at, sent.sentAt);
    const rttNs = receivedAt - sent.dueAt;
    if (sent.state !== 'waiting') return this.#handleFurther(sent, rttNs, facts);
    if (rttNs > this.#plan.timeoutNs) {
      this.#fail(sent, sent.dueAt + this.#plan.timeoutNs, NO_ANSWER);
      this.#settle();
      return this.#handleFurther(sent, rttNs, facts);
    }
    sent.state = 'answered';
    sent.rttNs = rttNs;
    if (!sent.isWarmup) this.#count(sent, rttNs, receivedAt - sent.sentAt, facts);
    this.#events.push({ tag: 'answer', sequence, isWarmup: sent.isWarmup, rttNs, facts });
    this.#settle();
  }

  /** Records that a probe failed. A probe that does not wait any more is left as it is. */
  handleFailure(sequence: number, at: Instant, failure: Failure): void {
    const sent = this.#sent.get(sequence);
    if (sent?.state !== 'waiting') return;
    this.#fail(sent, at, failure);
    this.#settle();
  }

  /** Gives up probes whose time is over. */
  handleTimeout(now: Instant): void {
    for (let i = this.#oldest; i < this.#next; i++) {
      const sent = this.#sent.get(i);
      if (sent === undefined) continue;
      if (now - sent.dueAt < this.#plan.timeoutNs) break;
      if (sent.state === 'waiting') this.#fail(sent, now, NO_ANSWER);
    }
    this.#settle();
  }

  /** When to call `handleTimeout` next; infinite if no probe waits. Changes with every other call. */
  pollTimeout(): Instant {
    const oldest = this.#sent.get(this.#oldest);
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.dueAt + this.#plan.timeoutNs;
  }

  /** The only probe that waits; `undefined` if there are none or several. */
  theOnlyOne(): number | undefined {
    return this.waiting === 1 ? this.#oldest : undefined;
  }

  /** The next row. */
  pollEvent(): PingEvent | undefined {
    return this.#events.shift();
  }

  /** Sends no more probes. Those that wait may still be answered. */
  stop(): void {
    this.#schedule.stop();
  }

  /** The figures now. Probes that wait are neither received nor lost: they are pending. */
  figures(): PingFigures {
    return this.#tally.figures(this.#plan.gapNs, this.#schedule.skipped);
  }

  #count(sent: Sent, rttNs: Nanos, fromSendNs: Nanos, { from, retransmitted }: AnswerFacts): void {
    this.#tally.recordAnswer(rttNs, fromSendNs, sent.sequence < this.#highest);
    this.#highest = Math.max(this.#highest, sent.sequence);
    if (retransmitted !== null) this.#tally.recordRetransmission(retransmitted);
    if (from !== null && from !== this.#target) this.#tally.recordOther(from);
  }

  #handleFurther(sent: Sent, rttNs: Nanos, facts: AnswerFacts): void {
    const isLate = sent.state === 'failed' && sent.further === 0;
    sent.further++;
    if (!sent.isWarmup) this.#tally.recordFurther(isLate);
    if (sent.further > MOST_TOLD) return;
    const { sequence, isWarmup } = sent;
    this.#events.push({ tag: isLate ? 'late' : 'duplicate', sequence, isWarmup, rttNs, facts });
  }

  #fail(sent: Sent, at: Instant, failure: Failure): void {
    sent.state = 'failed';
    if (!sent.isWarmup) this.#tally.recordFailure(failure);
    const { sequence, isWarmup } = sent;
    this.#events.push({ tag: 'failure', sequence, isWarmup, afterNs: Math.max(0, at - sent.dueAt), failure });
  }

  /** Counts the outcomes of all probes before the first one that waits. */
  #settle(): void {
    for (; this.#oldest < this.#next; this.#oldest++) {
      const sent = this.#sent.get(this.#oldest);
      if (sent === undefined) continue;
      if (sent.state === 'waiting') return;
      if (!sent.isWarmup) this.#tally.recordOutcome(sent.rttNs);
    }
  }

  #forget(): void {
    for (const [sequence] of this.#sent) {
      if (this.#sent.size <= REMEMBERED || sequence >= this.#oldest) return;
      this.#sent.delete(sequence);
    }
  }
}
