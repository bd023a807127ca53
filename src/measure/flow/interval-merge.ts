/**
 * Rows of the running report, from the intervals of the receivers of all streams and the TCP_INFO samples of their
 * senders at the other end.
 *
 * A sender takes a sample when an interval ends. In a download the sample arrives after the rows of that interval. Rows of
 * TCP wait for it, for 300 ms at most, and not at all if the senders send no samples.
 *
 * @module
 */
import type { Interval, TcpFacts } from '../../core/shapes/flow.ts';
import type { FlowDirection } from '../../core/shapes/spec.ts';
import type { ReceiverInterval } from '../../core/shapes/stream-report.ts';
import { type Instant, NS_PER_MS } from '../../core/time.ts';
import { type StreamLayout, streamsOf } from '../stream-layout.ts';
import { rate, tcpFacts } from './flow-result.ts';
import { IntervalSets } from './interval-sets.ts';

/** Longest time that a row waits for samples: a long round trip, and less than a person notices. */
const SAMPLE_TIMEOUT = 300 * NS_PER_MS;

interface Waiting {
  readonly rows: readonly ReceiverInterval[];
  readonly since: Instant;
}

/**
 * The merge for one direction of a test. All methods return the rows that became complete: one for each stream, then
 * their sum.
 */
export class IntervalMerge {
  readonly #direction: FlowDirection;
  readonly #streams: ReadonlySet<number>;
  readonly #sets: IntervalSets;
  readonly #samples = new Map<number, TcpFacts>();
  readonly #reported = new Map<number, number>();
  /** Number of samples from each sender. It takes one for each interval. */
  readonly #sampled = new Map<number, number>();
  #waiting: readonly Waiting[] = [];
  /** Measured intervals that were returned. */
  #returned = 0;
  /** Whether rows wait for samples. */
  #waitsForSamples = true;

  constructor(direction: FlowDirection, layout: readonly StreamLayout[]) {
    this.#direction = direction;
    this.#streams = new Set(streamsOf(layout, direction));
    this.#sets = new IntervalSets(this.#streams);
  }

  /** Takes the TCP_INFO of a sender at the end of an interval; returns the rows that waited for it. */
  handleSample(stream: number, tcp: TcpFacts | null): readonly Interval[] {
    if (!tcp || !this.#streams.has(stream)) return [];
    this.#samples.set(stream, tcp);
    this.#sampled.set(stream, (this.#sampled.get(stream) ?? 0) + 1);
    this.#waitsForSamples = true;
    return this.#take();
  }

  /** Takes intervals of receivers and returns the rows that are complete, each stream's and then the sum. */
  handleRows(rows: readonly ReceiverInterval[], now: Instant): readonly Interval[] {
    return this.#takeSets(this.#sets.handleRows(rows), now);
  }

  /** Handles the end of the receivers of these streams. Returns the rows that waited for them. */
  handleEnd(streams: readonly number[], now: Instant): readonly Interval[] {
    return this.#takeSets(this.#sets.handleEnd(streams), now);
  }

  /** Returns the rows that have waited for samples too long. */
  handleTimeout(now: Instant): readonly Interval[] {
    const late = this.#waiting.filter(({ since }) => now - since >= SAMPLE_TIMEOUT);
    if (late.length === 0) return [];
    this.#waitsForSamples = this.#sampled.size > 0;
    return this.#dequeue(late.length);
  }

  /** Returns all rows that wait. To be called at the end of the test. */
  finish(now: Instant): readonly Interval[] {
    const rows = this.handleEnd([...this.#streams], now);
    return [...rows, ...this.#dequeue(this.#waiting.length)];
  }

  #takeSets(sets: readonly (readonly ReceiverInterval[])[], now: Instant): readonly Interval[] {
    this.#waiting = [...this.#waiting, ...sets.map((rows) => ({ rows, since: now }))];
    return this.#take();
  }

  #take(): readonly Interval[] {
    const least = Math.min(...[...this.#streams].map((stream) => this.#sampled.get(stream) ?? 0));
    // The rows of an interval wait no longer than until those of the next interval arrive.
    const isDue = ({ rows }: Waiting, place: number): boolean =>
      !this.#waitsForSamples ||
      place < this.#waiting.length - 1 ||
      rows.some((row) => row.omitted || row.packets !== null) ||
      least > this.#returned + place;
    const held = this.#waiting.findIndex((set, place) => !isDue(set, place));
    return this.#dequeue(held < 0 ? this.#waiting.length : held);
  }

  #dequeue(count: number): readonly Interval[] {
    const sets = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#returned += sets.filter(({ rows }) => rows.every((row) => !row.omitted)).length;
    return sets.flatMap(({ rows }) => this.#complete(rows));
  }

  #complete(rows: readonly ReceiverInterval[]): readonly Interval[] {
    const each = rows.map((row) => this.#interval(row));
    const [first] = each;
    if (!first) return [];
    if (each.length === 1) return [first, { ...first, stream: null }];
    const { start_ns, end_ns, omitted } = first;
    const bytes = each.reduce((sum, one) => sum + one.bytes_received, 0);
    const known = tcpFacts(rows.flatMap((row) => this.#samples.get(row.stream) ?? []));
    const sum: Interval = {
      direction: this.#direction,
      stream: null,
      start_ns,
      end_ns,
      omitted,
      goodput_bps: rate(bytes, end_ns - start_ns) ?? 0,
      bytes_received: bytes,
      packets_received: add(each.map((one) => one.packets_received)),
      packets_lost: add(each.map((one) => one.packets_lost)),
      jitter_rfc3550_ns: null,
      retransmits: add(each.map((one) => one.retransmits)),
      rtt_ns: known?.rtt_ns ?? null,
      snd_cwnd_bytes: add(each.map((one) => one.snd_cwnd_bytes)),
    };
    return [...each, sum];
  }

  #interval(row: ReceiverInterval): Interval {
    const sample = this.#samples.get(row.stream);
    const known = sample?.retransmits ?? null;
    const retransmits = known === null ? null : known - (this.#reported.get(row.stream) ?? 0);
    if (known !== null) this.#reported.set(row.stream, known);
    return {
      direction: this.#direction,
      stream: row.stream,
      start_ns: row.start_ns,
      end_ns: row.end_ns,
      omitted: row.omitted,
      goodput_bps: rate(row.bytes, row.end_ns - row.start_ns) ?? 0,
      bytes_received: row.bytes,
      packets_received: row.packets,
      packets_lost: row.lost,
      jitter_rfc3550_ns: row.jitter_ns,
      retransmits: retransmits === null ? null : Math.max(0, retransmits),
      rtt_ns: sample?.rtt_ns ?? null,
      snd_cwnd_bytes: sample?.snd_cwnd_bytes ?? null,
    };
  }
}

function add(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}
