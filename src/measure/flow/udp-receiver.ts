/**
 * The receiving end of a UDP stream: counts received, lost, reordered and duplicated datagrams.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { Rfc3550Jitter } from '../../stats/jitter.ts';
import { SequenceTracker } from '../../stats/sequence.ts';
import { TransitSpread } from '../../stats/transit-spread.ts';
import { DATAGRAM_TYPE, OFFSET, readDataHeader, readNumber, type StreamKey } from '../../wire/datagram.ts';
import type { MeterInterval, ReceiverMeter } from './receiver-meter.ts';

/** One interval, with its counts of datagrams. */
export interface UdpInterval extends MeterInterval {
  readonly packets: number;
  /** Sequence numbers skipped in this interval. A datagram that is received late in the next one is not subtracted. */
  readonly lost: number;
  readonly jitterNs: number | null;
}

/** Greatest valid sequence number. At 5 million datagrams a second it takes 28 years; a greater one is forged or damaged. */
const MAX_SEQUENCE = 2 ** 52;

/** Counts of one sequence of datagrams, and the part of them that intervals have reported. */
class Tally {
  readonly tracker = new SequenceTracker();
  #received = 0;
  #expected = 0;

  sinceLastCall(): { readonly packets: number; readonly lost: number } {
    const packets = this.tracker.received - this.#received;
    const expected = this.tracker.nextExpected - this.#expected;
    this.#received += packets;
    this.#expected += expected;
    return { packets, lost: Math.max(0, expected - packets) };
  }
}

/** The receiver. It reads no clock and no socket: its methods are given datagrams and times. */
export class UdpReceiverEngine {
  readonly meter: ReceiverMeter;
  readonly #key: StreamKey;
  readonly #payload = new Tally();
  readonly #warmup = new Tally();
  readonly #jitter = new Rfc3550Jitter();
  readonly #transit = new TransitSpread();
  readonly #intervals: UdpInterval[] = [];
  readonly #count: (bytes: number, packets: number) => void;
  #counting = false;

  /** @param count - called for every distinct datagram, including those of the warm-up */
  constructor(key: StreamKey, meter: ReceiverMeter, count: (bytes: number, packets: number) => void = () => {}) {
    this.#key = key;
    this.meter = meter;
    this.#count = count;
  }

  /** Distinct datagrams of the measured part. */
  get packets(): number {
    return this.#payload.tracker.received;
  }

  get reordered(): number {
    return this.#payload.tracker.reordered;
  }

  /** Duplicates, and datagrams so late that they cannot be told from duplicates. */
  get duplicated(): number {
    return this.#payload.tracker.duplicated + this.#payload.tracker.stale;
  }

  get jitterNs(): number | null {
    return this.#jitter.valueNs;
  }

  get queueingNs(): number | null {
    return this.#transit.meanNs;
  }

  /**
   * Handles one message of `length` octets at `at`, received now. It has one or more datagrams of `segment` octets each
   * (UDP_GRO); the last may be shorter. Datagrams of other streams are ignored.
   */
  handleMessage(view: DataView, at: number, length: number, segment: number, now: Instant): void {
    const step = segment > 0 ? segment : length;
    const end = at + length;
    let runFirst = -1;
    let runLength = 0;
    let runBytes = 0;
    let runType = 0;
    for (let here = at; here < end; here += step) {
      const size = here + step <= end ? step : end - here;
      const type = this.#key.typeOf(view, here, size);
      if (type !== DATAGRAM_TYPE.data && type !== DATAGRAM_TYPE.warmup) continue;
      const seq = readNumber(view, here + OFFSET.sequence);
      if (seq > MAX_SEQUENCE) continue;
      if (runLength > 0 && seq === runFirst + runLength && type === runType) {
        runLength++;
        runBytes += size;
        continue;
      }
      if (runLength > 0) this.#handleRun(runType, runFirst, runLength, runBytes, now);
      // One sample for each message: datagrams that the kernel joined have no arrival time of their own.
      else if (type === DATAGRAM_TYPE.data) this.#observe(readNumber(view, here + OFFSET.sent), now);
      runFirst = seq;
      runLength = 1;
      runBytes = size;
      runType = type;
    }
    if (runLength > 0) this.#handleRun(runType, runFirst, runLength, runBytes, now);
  }

  /** Handles one datagram from a socket that does not join them. */
  handleDatagram(bytes: Uint8Array, now: Instant): void {
    const type = this.#key.typeOfDatagram(bytes);
    if (type !== DATAGRAM_TYPE.data && type !== DATAGRAM_TYPE.warmup) return;
    const { sequence, sent } = readDataHeader(bytes);
    if (sequence > MAX_SEQUENCE) return;
    if (type === DATAGRAM_TYPE.data) this.#observe(sent, now);
    this.#handleRun(type, sequence, 1, bytes.length, now);
  }

  /** Handles the passing of time: completes the intervals that are over, with the counts so far. */
  tick(now: Instant): void {
    this.meter.tick(now);
    this.#collect();
  }

  /** Ends the test; see `ReceiverMeter.end`. */
  end(now: Instant, finished: boolean): void {
    this.meter.end(now, finished);
    this.#collect();
  }

  /** Returns the next completed interval. */
  pollInterval(): UdpInterval | undefined {
    return this.#intervals.shift();
  }

  #observe(sent: number, now: Instant): void {
    this.#jitter.observe(now - sent);
    this.#transit.observe(now - sent, now);
  }

  #collect(): void {
    for (let row = this.meter.pollInterval(); row; row = this.meter.pollInterval()) {
      const counts = (row.omitted ? this.#warmup : this.#payload).sinceLastCall();
      this.#intervals.push({ ...row, ...counts, jitterNs: this.#jitter.valueNs });
    }
  }

  #handleRun(type: number, first: number, count: number, bytes: number, now: Instant): void {
    const warmup = type === DATAGRAM_TYPE.warmup;
    if (!warmup) this.#counting = true;
    // After the first payload, late datagrams of the warm-up are ignored.
    if (warmup && this.#counting) return this.tick(now);
    // Intervals that are over are completed before this run is counted.
    this.meter.arrive(now, warmup);
    this.#collect();
    const fresh = (warmup ? this.#warmup : this.#payload).tracker.observeRun(first, count);
    if (fresh === 0) return;
    const freshBytes = Math.round((bytes / count) * fresh);
    this.#count(freshBytes, fresh);
    this.meter.add(freshBytes, now, warmup);
  }
}
