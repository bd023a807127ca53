/**
 * Figures of a ping: distributions, loss, and why probes failed.
 *
 * Outcomes are counted in the order of sending, whatever the order in which they become known: runs of loss and delay
 * variation are defined for that order (RFC 3357, RFC 3393). Memory is bounded, however long the test runs and
 * whoever answers.
 *
 * @module
 */
import type { PingFigures } from '../../core/shapes/path/ping.ts';
import { type Nanos, NS_PER_MS } from '../../core/time.ts';
import { Histogram } from '../../stats/histogram.ts';
import { recordIpdv } from '../../stats/ipdv.ts';
import { Rfc3550Jitter } from '../../stats/jitter.ts';
import { LossRunCounter } from '../../stats/loss-runs.ts';
import type { Failure } from '../probe-outcome.ts';
import { FailureList } from './failure-list.ts';

/** A probe that is sent more than this after it was due is late. */
const LATE = NS_PER_MS;
/** Greatest share of late probes with which the host kept the schedule. */
const LATE_LIMIT = 0.01;
/** Addresses other than the target's that are listed. */
const MOST_OTHERS = 8;

/** Counts the measured probes of one test. */
export class PingTally {
  readonly #rtt = new Histogram();
  readonly #rttFromSend = new Histogram();
  readonly #ipdv = new Histogram();
  readonly #lateness = new Histogram();
  readonly #jitter = new Rfc3550Jitter();
  readonly #runs = new LossRunCounter();
  readonly #failures = new FailureList();
  readonly #others = new Set<string>();
  #previousRtt = Number.NaN;
  #sent = 0;
  #lateToSend = 0;
  #received = 0;
  #retransmitted: number | null = null;
  #late = 0;
  #duplicated = 0;
  #reordered = 0;

  /** Records a probe that is sent. */
  recordSent(): void {
    this.#sent++;
  }

  /** Records the time from when a probe was due until it left. */
  recordLateness(latenessNs: Nanos): void {
    this.#lateness.record(Math.max(0, latenessNs));
    if (latenessNs > LATE) this.#lateToSend++;
  }

  /**
   * Records the time of an answer, in the order in which answers are received.
   *
   * @param isReordered - whether a later probe was answered before
   */
  recordAnswer(rttNs: Nanos, fromSendNs: Nanos, isReordered: boolean): void {
    this.#received++;
    if (isReordered) this.#reordered++;
    this.#rtt.record(rttNs);
    this.#rttFromSend.record(fromSendNs);
    this.#jitter.observe(rttNs);
  }

  /** Records a further answer to a probe. @param isLate - whether it is the first one, after the time-out */
  recordFurther(isLate: boolean): void {
    if (isLate) this.#late++;
    else this.#duplicated++;
  }

  /** Records an address other than the target's that answered. */
  recordOther(address: string): void {
    if (this.#others.size < MOST_OTHERS) this.#others.add(address);
  }

  /** Records whether TCP had to send its SYN again for an answer. */
  recordRetransmission(wasRetransmitted: boolean): void {
    this.#retransmitted = (this.#retransmitted ?? 0) + (wasRetransmitted ? 1 : 0);
  }

  /** Records why a probe has no answer. */
  recordFailure(failure: Failure): void {
    this.#failures.record(failure);
  }

  /** Records the outcome of the next probe in the order of sending. @param rttNs - `null` for a probe without answer */
  recordOutcome(rttNs: Nanos | null): void {
    this.#runs.observe(rttNs !== null);
    const rtt = rttNs ?? Number.NaN;
    recordIpdv([this.#previousRtt, rtt], this.#ipdv);
    this.#previousRtt = rtt;
  }

  /** Computes the figures. @param skipped - probes that this host left out after it stood still */
  figures(gapNs: Nanos, skipped: number): PingFigures {
    const lost = this.#failures.count;
    const settled = this.#received + lost;
    const lateRatio = this.#sent === 0 ? null : this.#lateToSend / this.#sent;
    return {
      packets_sent: this.#sent,
      packets_received: this.#received,
      packets_lost: lost,
      packets_pending: this.#sent - settled,
      loss_ratio: settled === 0 ? null : lost / settled,
      packets_late: this.#late,
      packets_duplicated: this.#duplicated,
      packets_reordered: this.#reordered,
      packets_retransmitted: this.#retransmitted,
      loss_runs: this.#runs.result(),
      failures: this.#failures.list(),
      answered_by: [...this.#others],
      rtt_ns: this.#rtt.distribution(),
      rtt_from_send_ns: this.#rttFromSend.distribution(),
      ipdv_ns: this.#ipdv.distribution(),
      jitter_rfc3550_ns: this.#jitter.valueNs,
      schedule: {
        gap_ns: gapNs,
        lateness_ns: this.#lateness.distribution(),
        late_ratio: lateRatio,
        kept: lateRatio !== null && lateRatio <= LATE_LIMIT,
        skipped,
      },
    };
  }
}
