/**
 * Records the probes of a latency test and their answers, and computes the result.
 *
 * The time of each probe is measured from the instant at which it was due. So a stall of the sender counts, as it would
 * for a user of the path, and it removes no samples (coordinated omission). Memory is bounded: probes are added to
 * distributions one chunk at a time, when the next chunk is full.
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

/** Probes of one chunk. An answer that is received two chunks later counts as lost. */
const CHUNK = 65_536;
/** A probe that is sent more than this after it was due is late. */
const LATE = NS_PER_MS;
/** Greatest share of late probes with which the host kept the schedule. */
const LATE_LIMIT = 0.01;

/** The result of a latency test as far as the prober knows it. The server reports its count of probes later. */
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
  /** Greatest count of distinct probes that an answer of the server carried. */
  readonly server_count: number;
};

/** An answer to a probe, with timestamps of both ends in nanoseconds, each by the clock of that end. */
export interface Answer {
  readonly sequence: number;
  readonly serverReceived: Instant;
  readonly serverSent: Instant;
  readonly serverCount: number;
  readonly receivedAt: Instant;
}

/** Times of probes by sequence number, as arrays without objects: one chunk has 65,536 probes. */
class Chunk {
  length = 0;
  readonly dueAt = new Float64Array(CHUNK);
  readonly sentAt = new Float64Array(CHUNK);
  readonly serverReceived = new Float64Array(CHUNK);
  readonly serverSent = new Float64Array(CHUNK);
  /** NaN while unanswered. */
  readonly receivedAt = new Float64Array(CHUNK);
}

/** The recorder of one latency test. */
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

  /** Probes that were sent, and the sequence number of the next one. */
  get packetsSent(): number {
    return this.#base + this.#current.length;
  }

  /** Probes that were answered. */
  get packetsReceived(): number {
    return this.#received;
  }

  /** Records the next probe. Its sequence number is `packetsSent` before the call. */
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

  /** Records an answer. One that belongs to no recorded probe is ignored. */
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
    // A timestamp of the kernel is converted from another clock, so it may be slightly before the probe was sent.
    const receivedAt = Math.max(answer.receivedAt, chunk.sentAt[i] ?? 0);
    chunk.receivedAt[i] = receivedAt;
    this.#received++;
    this.#serverCount = Math.max(this.#serverCount, answer.serverCount);
    const rtt = receivedAt - (chunk.dueAt[i] ?? 0);
    this.#jitter.observe(rtt);
    this.#interval.received++;
    record(this.#interval.rtt, rtt);
  }

  /** Ends an interval at `now` and returns it. Its times are relative to `openedAt`. */
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

  /** Computes the result. Nothing may be recorded afterwards. */
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
    // The last RTT of the previous chunk is the first value, for the delay variation across the boundary.
    const rtts = new Float64Array(chunk.length + 1);
    rtts[0] = this.#lastRtt;
    const answered: number[] = [];
    for (let i = 0; i < chunk.length; i++) {
      const received = chunk.receivedAt[i] ?? Number.NaN;
      const isAnswered = !Number.isNaN(received);
      this.#runs.observe(isAnswered);
      const rtt = received - (chunk.dueAt[i] ?? 0);
      rtts[i + 1] = rtt;
      if (!isAnswered) continue;
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
 * Records a time, clipped to the range of the histogram, because timestamps of a server can be wrong. NaN is recorded as
 * 0: it results from the drift correction if the clock of the server stands still.
 */
function record(histogram: Histogram, ns: number): void {
  histogram.record(ns > 0 ? Math.min(ns, Number.MAX_SAFE_INTEGER) : 0);
}
