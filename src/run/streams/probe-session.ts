/**
 * The schedule of a latency test at the prober: when the next probe is due, when an interval ends, and when to stop
 * waiting for answers. Both engines use it with sockets of their own.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../../core/time.ts';
import { PeerWatch } from '../../measure/keepalive.ts';
import { LatencyRecorder } from '../../measure/latency-recorder.ts';
import { readReply } from '../../measure/probe.ts';
import { DATAGRAM_TYPE, OFFSET, StreamKey, writeNumber, writeStreamHeader } from '../../wire/datagram.ts';
import type { StreamPlan, StreamReport } from './stream-plan.ts';

/** Time to wait for the last answers. */
const GRACE = NS_PER_S;

/** A latency test from its start to its report. */
export class ProbeSession {
  readonly #plan: StreamPlan<unknown>;
  readonly #key: StreamKey;
  readonly #report: (report: StreamReport) => void;
  #startedAt: Instant;
  readonly #opensAt: Instant;
  /** Used for UDP only: TCP retransmits by itself, at growing intervals. */
  readonly #watch: PeerWatch | null;
  #recorder: LatencyRecorder;
  #opened: boolean;
  #probes = 0;
  #base = 0;
  #intervalEndsAt: Instant;
  #endsAt: Instant;
  #waitsUntil: Instant | undefined;

  constructor(plan: StreamPlan<unknown>, now: Instant, report: (report: StreamReport) => void) {
    const { spec } = plan;
    this.#plan = plan;
    this.#report = report;
    this.#key = new StreamKey(plan.token, plan.stream);
    this.#startedAt = now;
    this.#watch = spec.protocol === 'udp' ? new PeerWatch(now) : null;
    this.#opensAt = now + spec.warmup_ns;
    this.#opened = spec.warmup_ns === 0;
    this.#recorder = new LatencyRecorder(spec.gap_ns, now);
    this.#intervalEndsAt = this.#opensAt + spec.interval_ns;
    this.#endsAt = spec.duration_ns === null ? Number.POSITIVE_INFINITY : this.#opensAt + spec.duration_ns;
  }

  /**
   * When the next probe is due; infinity after the end of the test, and while the other end has not been heard from.
   */
  get dueAt(): Instant {
    const due = this.#slot;
    const isDue = this.#waitsUntil === undefined && due < this.#endsAt && !this.#isHeld(due);
    return isDue ? due : Number.POSITIVE_INFINITY;
  }

  /** When to call `tick`. */
  get wakeAt(): Instant {
    if (this.#waitsUntil !== undefined) return this.#waitsUntil;
    return this.#opened ? Math.min(this.#endsAt, this.#intervalEndsAt) : this.#endsAt;
  }

  /** Writes the probe that is due into `view`. */
  writeProbe(view: DataView, at: number, now: Instant): void {
    writeStreamHeader(view, at, DATAGRAM_TYPE.probe, this.#plan.stream, this.#plan.token);
    writeNumber(view, at + OFFSET.sequence, this.#probes);
    writeNumber(view, at + OFFSET.sent, now);
  }

  /** Records that the probe was sent. */
  handleSent(now: Instant): void {
    if (this.#probes === 0) this.#report({ tag: 'flowing', id: this.#plan.id, at: now });
    const due = this.#slot;
    if (!this.#opened && due >= this.#opensAt) {
      this.#opened = true;
      this.#base = this.#probes;
      this.#recorder = new LatencyRecorder(this.#plan.spec.gap_ns, this.#opensAt);
    }
    // A probe belongs to the interval in which it was due, even if it was sent late.
    this.#reportIntervals(due);
    this.#recorder.recordProbe(due, now);
    this.#probes++;
  }

  /** Handles a message that may be a reply. Others are ignored. */
  handleBytes(view: DataView, at: number, length: number, receivedAt: Instant): void {
    if (this.#watch && this.#key.typeOf(view, at, length) !== 0) this.#hear(this.#watch, receivedAt);
    const answer = readReply(this.#key, view, at, length, receivedAt);
    // An answer to a probe of the warm-up has a number below the first that counts.
    if (!answer || answer.sequence < this.#base) return;
    this.#recorder.recordAnswer({
      ...answer,
      sequence: answer.sequence - this.#base,
      serverCount: Math.max(0, answer.serverCount - this.#base),
    });
  }

  /** Ends the test: no more probes are due. */
  stop(now: Instant): void {
    this.#endsAt = Math.min(this.#endsAt, now);
  }

  /**
   * Reports intervals that have ended. Returns true when the test is over and was reported.
   *
   * @param threadRatio - share of the test in which this thread ran; called once, at the end, since it asks the kernel
   */
  tick(now: Instant, timestamps: 'kernel' | 'user', threadRatio: () => number | null): boolean {
    this.#reportIntervals(now);
    // If the prober is late at the end, probes that were due are still sent, and count.
    const isOwing = this.dueAt !== Number.POSITIVE_INFINITY;
    if (this.#waitsUntil === undefined && now >= this.#endsAt && !isOwing) this.#waitsUntil = now + GRACE;
    if (this.#waitsUntil === undefined) return false;
    const answered = this.#recorder.packetsReceived >= this.#recorder.packetsSent;
    if (!answered && now < this.#waitsUntil) return false;
    this.#finishIntervals(now);
    const report = this.#recorder.finish();
    this.#report({ tag: 'measured', id: this.#plan.id, report, timestamps, threadRatio: threadRatio() });
    return true;
  }

  /** Scheduled time of the next probe. */
  get #slot(): Instant {
    return this.#startedAt + this.#probes * this.#plan.spec.gap_ns;
  }

  #isHeld(due: Instant): boolean {
    return this.#watch?.isQuiet(due) ?? false;
  }

  /** Probes that were held back are not sent later: the schedule continues from now. */
  #hear(watch: PeerWatch, now: Instant): void {
    const gap = this.#plan.spec.gap_ns;
    if (this.#isHeld(this.#slot)) this.#startedAt += Math.max(0, Math.ceil((now - this.#slot) / gap)) * gap;
    watch.hear(now);
  }

  /** Reports the intervals that have ended. The last one stays open for answers that are in flight. */
  #reportIntervals(now: Instant): void {
    while (this.#opened && this.#intervalEndsAt <= now && this.#intervalEndsAt < this.#endsAt) {
      this.#reportInterval(this.#intervalEndsAt);
      this.#intervalEndsAt += this.#plan.spec.interval_ns;
    }
  }

  #finishIntervals(now: Instant): void {
    this.#reportIntervals(now);
    const end = Math.min(now, Math.max(this.#endsAt, this.#opensAt));
    if (this.#opened && end > this.#intervalEndsAt - this.#plan.spec.interval_ns) this.#reportInterval(end);
  }

  #reportInterval(end: Instant): void {
    this.#report({ tag: 'probed', id: this.#plan.id, row: this.#recorder.takeInterval(this.#opensAt, end) });
  }
}
