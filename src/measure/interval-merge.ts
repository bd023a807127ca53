/**
 * Rows of the running report, from the intervals of many streams at the receiving end and the samples
 * of their senders at the other.
 *
 * A sender's sample is added if it is there when the rows of its interval are complete, and is not waited for.
 *
 * @module
 */
import type { Interval, TcpFacts } from '../core/result.ts';
import type { FlowDirection } from '../core/spec.ts';
import type { ReceiverInterval } from '../core/stream-report.ts';
import { rate, tcpFacts } from './flow-result.ts';
import { IntervalSets } from './interval-sets.ts';
import { type StreamLayout, streamsOf } from './stream-layout.ts';

export class IntervalMerge {
  readonly #direction: FlowDirection;
  readonly #streams: ReadonlySet<number>;
  readonly #sets: IntervalSets;
  readonly #samples = new Map<number, TcpFacts>();
  readonly #reported = new Map<number, number>();

  constructor(direction: FlowDirection, layout: readonly StreamLayout[]) {
    this.#direction = direction;
    this.#streams = new Set(streamsOf(layout, direction));
    this.#sets = new IntervalSets(this.#streams);
  }

  /** Takes the newest TCP_INFO of a sender. */
  handleSample(stream: number, tcp: TcpFacts | null): void {
    if (tcp && this.#streams.has(stream)) this.#samples.set(stream, tcp);
  }

  /** Takes intervals of receivers and returns the rows that are complete, each stream's and then the sum. */
  handleRows(rows: readonly ReceiverInterval[]): readonly Interval[] {
    return this.#sets.handleRows(rows).flatMap((set) => this.#complete(set));
  }

  /** Takes note that the receivers of these streams report no more; returns the rows that waited for them. */
  handleEnd(streams: readonly number[]): readonly Interval[] {
    return this.#sets.handleEnd(streams).flatMap((set) => this.#complete(set));
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
