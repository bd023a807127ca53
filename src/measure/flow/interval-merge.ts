/**
 * Rows of the running report, from the intervals of many streams at the receiving end and the samples
 * of their senders at the other.
 *
 * A sender takes a sample when an interval ends, and what it tells of a download comes after the rows of that interval.
 * Rows of TCP wait for it, but not long, and not at all where a sender tells nothing of itself.
 *
 * @module
 */
import type { Interval, TcpFacts } from '../../core/shapes/result.ts';
import type { FlowDirection } from '../../core/shapes/spec.ts';
import type { ReceiverInterval } from '../../core/shapes/stream-report.ts';
import { type Instant, NS_PER_MS } from '../../core/time.ts';
import { type StreamLayout, streamsOf } from '../stream-layout.ts';
import { rate, tcpFacts } from './flow-result.ts';
import { IntervalSets } from './interval-sets.ts';

/** A row is told this late at most: a long round trip, and less than a person notices. */
const PATIENCE = 300 * NS_PER_MS;

interface Waiting {
  readonly rows: readonly ReceiverInterval[];
  readonly since: Instant;
}

export class IntervalMerge {
  readonly #direction: FlowDirection;
  readonly #streams: ReadonlySet<number>;
  readonly #sets: IntervalSets;
  readonly #samples = new Map<number, TcpFacts>();
  readonly #reported = new Map<number, number>();
  /** Samples that each sender took, one an interval. */
  readonly #sampled = new Map<number, number>();
  #waiting: readonly Waiting[] = [];
  /** Measured intervals that were told. */
  #told = 0;
  #isPatient = true;

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
    this.#isPatient = true;
    return this.#take();
  }

  /** Takes intervals of receivers and returns the rows that are complete, each stream's and then the sum. */
  handleRows(rows: readonly ReceiverInterval[], now: Instant): readonly Interval[] {
    return this.#takeSets(this.#sets.handleRows(rows), now);
  }

  /** Takes note that the receivers of these streams report no more; returns the rows that waited for them. */
  handleEnd(streams: readonly number[], now: Instant): readonly Interval[] {
    return this.#takeSets(this.#sets.handleEnd(streams), now);
  }

  /** Returns the rows that waited long enough. */
  handleTimeout(now: Instant): readonly Interval[] {
    const late = this.#waiting.filter(({ since }) => now - since >= PATIENCE);
    if (late.length === 0) return [];
    this.#isPatient = this.#sampled.size > 0;
    return this.#tell(late.length);
  }

  /** Returns all rows that waited: nothing comes any more. */
  finish(now: Instant): readonly Interval[] {
    const rows = this.handleEnd([...this.#streams], now);
    return [...rows, ...this.#tell(this.#waiting.length)];
  }

  #takeSets(sets: readonly (readonly ReceiverInterval[])[], now: Instant): readonly Interval[] {
    this.#waiting = [...this.#waiting, ...sets.map((rows) => ({ rows, since: now }))];
    return this.#take();
  }

  #take(): readonly Interval[] {
    const least = Math.min(...[...this.#streams].map((stream) => this.#sampled.get(stream) ?? 0));
    // The rows of the interval before are told when those of the next are there.
    const isDue = ({ rows }: Waiting, place: number): boolean =>
      !this.#isPatient ||
      place < this.#waiting.length - 1 ||
      rows.some((row) => row.omitted || row.packets !== null) ||
      least > this.#told + place;
    const held = this.#waiting.findIndex((set, place) => !isDue(set, place));
    return this.#tell(held < 0 ? this.#waiting.length : held);
  }

  #tell(count: number): readonly Interval[] {
    const told = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#told += told.filter(({ rows }) => rows.every((row) => !row.omitted)).length;
    return told.flatMap(({ rows }) => this.#complete(rows));
  }

  #complete(rows: readonly ReceiverInterval[]): readonly Interval[] {
    const each = rows.map((row) => this.#interval(row));
    const [first] = each;
    if (!first || each.length === 1) return each;
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
