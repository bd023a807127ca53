/**
 * When probes are due: an absolute schedule, so that the time of a wake-up never shifts later probes.
 *
 * ```text
 *   start                 measured part                          end of sending
 *   | w w | 0   1   2   3   4   …                                |
 *     warm-up, the same gap          due(slot) = start + slot x gap
 * ```
 *
 * A late wake-up is caught up: probes whose time has passed are sent at once. Beyond `MAX_CATCH_UP` they are left out
 * and counted, because after a suspend of an hour a target would otherwise receive an hour of probes in one burst.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import type { DueProbe } from '../probe-engine.ts';

/** Longest delay of this host after which a probe is still sent. */
export const MAX_CATCH_UP: Nanos = NS_PER_S;

/** How often a target is probed, and for how long. */
export interface ProbePlan {
  readonly gapNs: Nanos;
  /** Longest wait for the answer to one probe. An answer after it is late, and its probe stays lost. */
  readonly timeoutNs: Nanos;
  /** Probes at the start that do not count in the result. */
  readonly warmup: number;
  /** Probes after the warm-up; `null` for as many as fit in the time. */
  readonly count: number | null;
  /** Time after the warm-up in which probes are sent; 0 until `stop`. */
  readonly durationNs: Nanos;
}

/** The schedule of one test. */
export class ProbeSchedule {
  readonly #plan: ProbePlan;
  readonly #startedAt: Instant;
  readonly #sendUntil: Instant;
  #slot = 0;
  #taken = 0;
  #skipped = 0;
  #isStopped = false;

  constructor(plan: ProbePlan, startedAt: Instant) {
    this.#plan = plan;
    this.#startedAt = startedAt;
    const limit = plan.durationNs === 0 ? Number.POSITIVE_INFINITY : plan.durationNs;
    this.#sendUntil = startedAt + plan.warmup * plan.gapNs + limit;
  }

  /** When the next probe is due; infinite if none is left. */
  get dueAt(): Instant {
    const { warmup, count, gapNs } = this.#plan;
    if (this.#isStopped || (count !== null && this.#taken >= warmup + count)) return Number.POSITIVE_INFINITY;
    const due = this.#startedAt + this.#slot * gapNs;
    return due < this.#sendUntil ? due : Number.POSITIVE_INFINITY;
  }

  /** Probes that were due while this host stood still, and were not sent. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Takes the probe that is due; `undefined` if none is due at `now`. */
  take(now: Instant): DueProbe | undefined {
    this.#skipMissed(now);
    const { dueAt } = this;
    if (dueAt > now) return undefined;
    const sequence = this.#taken++;
    this.#slot++;
    return { sequence, dueAt, isWarmup: sequence < this.#plan.warmup };
  }

  /** Ends sending. */
  stop(): void {
    this.#isStopped = true;
  }

  #skipMissed(now: Instant): void {
    const behind = now - this.dueAt;
    if (!(behind > MAX_CATCH_UP)) return;
    // The newest missed probe is sent, which keeps the rest of the schedule as it was.
    const missed = Math.floor(Math.min(behind, this.#sendUntil - 1 - this.dueAt) / this.#plan.gapNs);
    this.#slot += missed;
    this.#skipped += missed;
  }
}
