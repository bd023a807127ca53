/**
 * What is known of one TTL: probes, answers, round trips.
 *
 * @module
 */
import type { MplsLabel } from '../../core/shapes/path/trace.ts';
import type { Nanos } from '../../core/time.ts';
import { Histogram } from '../../stats/histogram.ts';

/** Addresses of one hop that are kept: more of them are an attack, or no path. */
const MOST_ADDRESSES = 32;
/** Round trips that are kept for a line of bars. */
const MOST_RECENT = 60;

/** An address that answered, with what its answers said. */
export interface SeenAddress {
  answers: number;
  /** TTL that its last answer arrived with. */
  replyTtl: number | null;
}

/** Counts of one TTL. Only decided probes are counted: answered, or waited for long enough. */
export class HopStats {
  readonly rtt = new Histogram();
  /** By address, in the order of the first answers. */
  readonly addresses = new Map<string, SeenAddress>();
  sent = 0;
  received = 0;
  duplicates = 0;
  lastNs: Nanos | null = null;
  unreachable: string | null = null;
  /** MPLS labels of the last answer that had some. */
  labels: readonly MplsLabel[] = [];
  /** The newest last; `null` for a probe without an answer. */
  readonly recent: (Nanos | null)[] = [];
  #differences = 0;
  #differenceSum = 0;

  /** Counts a probe that was answered. */
  answered(from: string, rttNs: Nanos, replyTtl: number | null): void {
    this.sent++;
    this.#receive(from, rttNs, replyTtl);
  }

  /** Counts a probe that was not answered in time. */
  lost(): void {
    this.sent++;
    this.#remember(null);
  }

  /** Counts the answer to a probe that was given up before. */
  late(from: string, rttNs: Nanos, replyTtl: number | null): void {
    this.#receive(from, rttNs, replyTtl);
  }

  /** Mean difference of two consecutive round trips; `null` below two. */
  get jitterNs(): Nanos | null {
    return this.#differences === 0 ? null : this.#differenceSum / this.#differences;
  }

  /** Adds what is known of another TTL, whose probes came after. */
  merge(other: HopStats): void {
    this.sent += other.sent;
    this.received += other.received;
    this.duplicates += other.duplicates;
    this.rtt.merge(other.rtt);
    this.lastNs = other.lastNs ?? this.lastNs;
    this.unreachable ??= other.unreachable;
    if (other.labels.length > 0) this.labels = other.labels;
    for (const [address, seen] of other.addresses) this.#see(address, seen.replyTtl, seen.answers);
    for (const one of other.recent) this.#remember(one);
    this.#differences += other.#differences;
    this.#differenceSum += other.#differenceSum;
  }

  #receive(from: string, rttNs: Nanos, replyTtl: number | null): void {
    this.received++;
    this.#see(from, replyTtl, 1);
    const rtt = Math.max(0, rttNs);
    this.rtt.record(rtt);
    if (this.lastNs !== null) {
      this.#differences++;
      this.#differenceSum += Math.abs(rtt - this.lastNs);
    }
    this.lastNs = rtt;
    this.#remember(rtt);
  }

  #see(address: string, replyTtl: number | null, answers: number): void {
    const seen = this.addresses.get(address);
    if (seen) {
      seen.answers += answers;
      seen.replyTtl = replyTtl ?? seen.replyTtl;
    } else if (this.addresses.size < MOST_ADDRESSES) this.addresses.set(address, { answers, replyTtl });
  }

  #remember(rtt: Nanos | null): void {
    this.recent.push(rtt);
    if (this.recent.length > MOST_RECENT) this.recent.shift();
  }
}
