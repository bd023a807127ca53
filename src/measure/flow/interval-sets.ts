/**
 * Groups the intervals of all streams of a direction, one set for each interval of the common window.
 *
 * A set has a row for every stream, all with the same begin and end. A stream that has ended, or is more than a second
 * behind the others, has a row of 0, so that a set does not wait for it.
 *
 * @module
 */
import type { ReceiverInterval } from '../../core/shapes/stream-report.ts';
import { NS_PER_S } from '../../core/time.ts';

/** A set does not wait for a stream that is this far behind another. */
const LATE = NS_PER_S;
/** Sets that may wait at the same time, however short their intervals are. */
const MAX_PENDING = 1024;

/** The sets of one direction that are not complete yet. */
export class IntervalSets {
  readonly #streams: readonly number[];
  /** Streams that have not ended, with the index of their last interval. */
  readonly #reached: Map<number, number>;
  readonly #pending = new Map<number, Map<number, ReceiverInterval>>();
  #given = Number.NEGATIVE_INFINITY;
  #newestNs = Number.NEGATIVE_INFINITY;

  constructor(streams: Iterable<number>) {
    this.#streams = [...streams].sort((a, b) => a - b);
    this.#reached = new Map(this.#streams.map((stream) => [stream, Number.NEGATIVE_INFINITY]));
  }

  /** Takes intervals, each stream's in order, and returns the sets that are complete. Late ones are left out. */
  handleRows(rows: readonly ReceiverInterval[]): readonly (readonly ReceiverInterval[])[] {
    for (const row of rows) {
      const reached = this.#reached.get(row.stream);
      if (reached === undefined || row.index <= this.#given) continue;
      this.#reached.set(row.stream, Math.max(reached, row.index));
      this.#newestNs = Math.max(this.#newestNs, row.end_ns);
      const together = this.#pending.get(row.index) ?? new Map<number, ReceiverInterval>();
      together.set(row.stream, row);
      this.#pending.set(row.index, together);
    }
    return this.#take();
  }

  /** Handles the end of these streams. Returns the sets that are complete now. */
  handleEnd(streams: readonly number[]): readonly (readonly ReceiverInterval[])[] {
    for (const stream of streams) this.#reached.delete(stream);
    return this.#take();
  }

  #take(): readonly (readonly ReceiverInterval[])[] {
    const sets: (readonly ReceiverInterval[])[] = [];
    const reached = Math.min(...this.#reached.values());
    for (const index of [...this.#pending.keys()].sort((a, b) => a - b)) {
      const rows = [...(this.#pending.get(index)?.values() ?? [])];
      const endNs = Math.max(...rows.map((row) => row.end_ns));
      const due = index <= reached || this.#newestNs - endNs >= LATE || this.#pending.size > MAX_PENDING;
      if (!due) break;
      this.#pending.delete(index);
      this.#given = index;
      sets.push(this.#complete(rows, endNs));
    }
    return sets;
  }

  #complete(rows: readonly ReceiverInterval[], end_ns: number): readonly ReceiverInterval[] {
    const start_ns = Math.min(...rows.map((row) => row.start_ns));
    const [known] = rows;
    if (!known) return [];
    const none = (value: number | null): number | null => (value === null ? null : 0);
    const nothing = { ...known, bytes: 0, packets: none(known.packets), lost: none(known.lost), jitter_ns: null };
    const byStream = new Map(rows.map((row) => [row.stream, row]));
    return this.#streams.map((stream) => ({ ...(byStream.get(stream) ?? nothing), stream, start_ns, end_ns }));
  }
}
