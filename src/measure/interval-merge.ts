/**
 * Rows of the running report, from the intervals of many streams at the receiving end and the samples
 * of their senders at the other.
 *
 * A row of the sum is due when each stream has reported the interval; a sender's sample is added if
 * it is there by then, and is not waited for.
 *
 * @module
 */
import type { Interval, TcpFacts } from '../core/result.ts';
import type { FlowDirection } from '../core/spec.ts';
import type { ReceiverInterval } from '../core/stream-report.ts';
import { rate, tcpFacts } from './flow-result.ts';
import type { StreamLayout } from './stream-layout.ts';

/** Intervals that may wait for a slow stream; then they are given up. */
const MAX_PENDING = 1024;

export class IntervalMerge {
  readonly #direction: FlowDirection;
  readonly #streams: ReadonlySet<number>;
  readonly #pending = new Map<number, Map<number, ReceiverInterval>>();
  readonly #samples = new Map<number, TcpFacts>();
  readonly #reported = new Map<number, number>();

  constructor(direction: FlowDirection, layout: readonly StreamLayout[]) {
    this.#direction = direction;
    this.#streams = new Set(layout.filter((one) => one.direction === direction).map((one) => one.stream));
  }

  /** Takes the newest TCP_INFO of a sender. */
  handleSample(stream: number, tcp: TcpFacts | null): void {
    if (tcp && this.#streams.has(stream)) this.#samples.set(stream, tcp);
  }

  /** Takes intervals of receivers and returns the rows that are complete, each stream's and then the sum. */
  handleRows(rows: readonly ReceiverInterval[]): readonly Interval[] {
    const out: Interval[] = [];
    for (const row of rows) {
      if (!this.#streams.has(row.stream)) continue;
      const together = this.#pending.get(row.index) ?? new Map<number, ReceiverInterval>();
      together.set(row.stream, row);
      this.#pending.set(row.index, together);
      if (together.size === this.#streams.size) {
        this.#pending.delete(row.index);
        out.push(...this.#complete([...together.values()].sort((a, b) => a.stream - b.stream)));
      } else if (this.#pending.size > MAX_PENDING) {
        this.#pending.delete(Math.min(...this.#pending.keys()));
      }
    }
    return out;
  }

  #complete(rows: readonly ReceiverInterval[]): readonly Interval[] {
    const each = rows.map((row) => this.#interval(row));
    const first = each[0];
    if (!first || each.length === 1) return each;
    const start = Math.min(...each.map((one) => one.start_ns));
    const end = Math.max(...each.map((one) => one.end_ns));
    const bytes = each.reduce((sum, one) => sum + one.bytes_received, 0);
    const known = tcpFacts(rows.flatMap((row) => this.#samples.get(row.stream) ?? []));
    const sum: Interval = {
      direction: this.#direction,
      stream: null,
      start_ns: start,
      end_ns: end,
      omitted: first.omitted,
      goodput_bps: rate(bytes, end - start) ?? 0,
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
