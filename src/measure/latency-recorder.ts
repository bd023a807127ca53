/**
 * Keeps account of the probes of a latency test and sums them up.
 *
 * Each probe is timed from the moment it was due: a stall of the sender is part of what a user of
 * the path would have felt, and no stall removes samples (coordinated omission). Memory is bounded:
 * probes are folded into distributions a chunk at a time, once the next chunk is full.
 *
 * @module
 */
import type { LatencyInterval, LatencyResult } from '../core/shapes/result.ts';
import { type Instant, type Nanos, NS_PER_MS } from '../core/time.ts';
import { Histogram } from '../stats/histogram.ts';
import { recordIpdv } from '../stats/ipdv.ts';
import { Rfc3550Jitter } from '../stats/jitter.ts';
import { LossRunCounter } from '../stats/loss-runs.ts';
import { queueing } from '../stats/queueing.ts';

/** Probes of one chunk. An answer that comes two chunks later counts as lost. */
const CHUNK = 65_536;
/** A probe that leaves more than this after it was due is late. */
const LATE = NS_PER_MS;
/** Share of late probes from which on the host did not keep the schedule. */
const LATE_LIMIT = 0.01;

/** What the prober learned; the server's count of probes is added when it is known. */
export type LatencyReport = Pick<
  LatencyResult,
  | 'packets_sent'
  | 'packets_received'
  | 'packets_reordered'
  | 'packets_duplicated'
  | 'loss_runs'
  | 'rtt_ns'
  | 'rtt_from_send_ns'
  | 'ipdv_ns'
  | 'jitter_rfc3550_ns'
  | 'queueing_up_ns'
  | 'queueing_down_ns'
  | 'server_processing_ns'
  | 'schedule'
> & {
  /** Highest count of distinct probes that an answer carried. */
  readonly server_count: number;
};

/** Times of one answer. */
export interface Answer {
  readonly sequence: number;
  readonly serverReceived: Instant;
  readonly serverSent: Instant;
  readonly serverCount: number;
  readonly receivedAt: Instant;
}

class Chunk {
  length = 0;
  readonly dueAt = new Float64Array(CHUNK);
  readonly sentAt = new Float64Array(CHUNK);
  readonly serverReceived = new Float64Array(CHUNK);
  readonly serverSent = new Float64Array(CHUNK);
  /** NaN while unanswered. */
  readonly receivedAt = new Float64Array(CHUNK);
}

export class LatencyRecorder {
  readonly #gapNs: Nanos;
  readonly #rtt = new Histogram();
  readonly #rttFromSend = new Histogram();
  readonly #ipdv = new Histogram();
  readonly #up = new Histogram();
  readonly #down = new Histogram();
  readonly #processing = new Histogram();
  readonly #lateness = new Histogram();
  readonly #jitter = new Rfc3550Jitter();
  readonly #runs = new LossRunCounter();
  #previous: Chunk | undefined;
  #current = new Chunk();
  #base = 0;
  #late = 0;
  #received = 0;
  #duplicated = 0;
  #reordered = 0;
  #highest = -1;
  #serverCount = 0;
  #lastRtt = Number.NaN;
  #interval: { start: Instant; sent: number; received: number; rtt: Histogram };

  constructor(gapNs: Nanos, startedAt: Instant) {
    this.#gapNs = gapNs;
    this.#interval = { start: startedAt, sent: 0, received: 0, rtt: new Histogram() };
  }

  get packetsSent(): number {
    return this.#base + this.#current.length;
  }

  get packetsReceived(): number {
    return this.#received;
  }

  /** Takes note of the next probe, whose number is `packetsSent` before the call. */
  recordProbe(dueAt: Instant, sentAt: Instant): void {
    if (this.#current.length === CHUNK) this.#turn();
    const chunk = this.#current;
    const i = chunk.length++;
    chunk.dueAt[i] = dueAt;
    chunk.sentAt[i] = sentAt;
    chunk.receivedAt[i] = Number.NaN;
    const late = sentAt - dueAt;
    record(this.#lateness, late);
    if (late > LATE) this.#late++;
    this.#interval.sent++;
  }

  /** Takes note of an answer. Impossible ones (of no probe) are passed over. */
  recordAnswer(answer: Answer): void {
    const chunk = answer.sequence >= this.#base ? this.#current : this.#previous;
    const i = answer.sequence - (chunk === this.#current ? this.#base : this.#base - CHUNK);
    if (!chunk || !(i >= 0 && i < chunk.length)) return;
    if (!Number.isNaN(chunk.receivedAt[i])) {
      this.#duplicated++;
      return;
    }
    if (answer.sequence < this.#highest) this.#reordered++;
    else this.#highest = answer.sequence;
    chunk.serverReceived[i] = answer.serverReceived;
    chunk.serverSent[i] = answer.serverSent;
    // A kernel stamp is converted from another clock: it may be off by a little, never before the probe left.
    const receivedAt = Math.max(answer.receivedAt, chunk.sentAt[i] ?? 0);
    chunk.receivedAt[i] = receivedAt;
    this.#received++;
    this.#serverCount = Math.max(this.#serverCount, answer.serverCount);
    const rtt = receivedAt - (chunk.dueAt[i] ?? 0);
    this.#jitter.observe(rtt);
    this.#interval.received++;
    record(this.#interval.rtt, rtt);
  }

  /** Ends an interval at `now`; times are since `openedAt`. */
  takeInterval(openedAt: Instant, now: Instant): LatencyInterval {
    const { start, sent, received, rtt } = this.#interval;
    this.#interval = { start: now, sent: 0, received: 0, rtt: new Histogram() };
    return {
      start_ns: start - openedAt,
      end_ns: now - openedAt,
      packets_sent: sent,
      packets_received: received,
      rtt_ns: rtt.distribution(),
    };
  }

  /** Sums up. Nothing may be recorded afterwards. */
  finish(): LatencyReport {
    const sent = this.packetsSent;
    if (this.#previous) this.#fold(this.#previous);
    this.#fold(this.#current);
    const lateRatio = sent === 0 ? null : this.#late / sent;
    return {
      packets_sent: sent,
      packets_received: this.#received,
      packets_reordered: this.#reordered,
      packets_duplicated: this.#duplicated,
      loss_runs: this.#runs.result(),
      rtt_ns: this.#rtt.distribution(),
      rtt_from_send_ns: this.#rttFromSend.distribution(),
      ipdv_ns: this.#ipdv.distribution(),
      jitter_rfc3550_ns: this.#jitter.valueNs,
      queueing_up_ns: this.#up.distribution(),
      queueing_down_ns: this.#down.distribution(),
      server_processing_ns: this.#processing.distribution(),
      schedule: {
        gap_ns: this.#gapNs,
        lateness_ns: this.#lateness.distribution(),
        late_ratio: lateRatio,
        kept: lateRatio !== null && lateRatio <= LATE_LIMIT,
      },
      server_count: this.#serverCount,
    };
  }

  #turn(): void {
    if (this.#previous) this.#fold(this.#previous);
    this.#previous = this.#current;
    this.#base += CHUNK;
    this.#current = new Chunk();
  }

  #fold(chunk: Chunk): void {
    // The last one of the chunk before comes first: a chunk's end is no loss.
    const rtts = new Float64Array(chunk.length + 1);
    rtts[0] = this.#lastRtt;
    const answered: number[] = [];
    for (let i = 0; i < chunk.length; i++) {
      const received = chunk.receivedAt[i] ?? Number.NaN;
      const came = !Number.isNaN(received);
      this.#runs.observe(came);
      const rtt = received - (chunk.dueAt[i] ?? 0);
      rtts[i + 1] = rtt;
      if (!came) continue;
      answered.push(i);
      record(this.#rtt, rtt);
      record(this.#rttFromSend, received - (chunk.sentAt[i] ?? 0));
      record(this.#processing, (chunk.serverSent[i] ?? 0) - (chunk.serverReceived[i] ?? 0));
    }
    this.#lastRtt = rtts[chunk.length] ?? Number.NaN;
    recordIpdv(rtts, this.#ipdv);
    const pick = (from: Float64Array): Float64Array => Float64Array.from(answered, (i) => from[i] ?? 0);
    const { up, down } = queueing({
      sentNs: pick(chunk.sentAt),
      serverReceivedNs: pick(chunk.serverReceived),
      serverSentNs: pick(chunk.serverSent),
      receivedNs: pick(chunk.receivedAt),
    });
    for (const ns of up) record(this.#up, ns);
    for (const ns of down) record(this.#down, ns);
  }
}

/**
 * Times that involve the server's stamps are as good as the server: out of range, they are clipped.
 * NaN is 0: taking the drift out of a server clock that stands still may divide by zero.
 */
function record(histogram: Histogram, ns: number): void {
  histogram.record(ns > 0 ? Math.min(ns, Number.MAX_SAFE_INTEGER) : 0);
}
