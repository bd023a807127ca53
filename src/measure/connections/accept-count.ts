/**
 * Counts the connections of a test that a server accepts: its measured window, and intervals.
 *
 * The client marks each connection: stream 0 counts, stream 1 is of the warm-up. So both ends count the same connections,
 * and neither needs the other's clock. The window is that of a receiver of marked payload, with one octet a connection.
 *
 * @module
 */
import type { ReceiverInterval, ReceiverReport } from '../../core/shapes/stream-report.ts';
import type { Instant } from '../../core/time.ts';
import type { ReceiverMeter } from '../flow/receiver-meter.ts';

/** Stream numbers with which a client marks its connections. */
export const CONNECTION_MARK = { counted: 0, warmup: 1 } as const;

/** The counter of one test. */
export class AcceptCount {
  readonly meter: ReceiverMeter;
  #counted = 0;

  constructor(meter: ReceiverMeter) {
    this.meter = meter;
  }

  /** Connections of the measured part. */
  get counted(): number {
    return this.#counted;
  }

  /** Counts a connection with this mark. Returns whether the mark is one that is known. */
  add(mark: number, now: Instant): boolean {
    if (mark !== CONNECTION_MARK.counted && mark !== CONNECTION_MARK.warmup) return false;
    const warmup = mark === CONNECTION_MARK.warmup;
    if (!warmup) this.#counted++;
    this.meter.arrive(now, warmup);
    this.meter.add(1, now, warmup);
    return true;
  }

  /** Returns the intervals that are complete, as rows of stream 0. */
  takeRows(): readonly ReceiverInterval[] {
    const rows: ReceiverInterval[] = [];
    for (let row = this.meter.pollInterval(); row; row = this.meter.pollInterval()) {
      rows.push({
        stream: 0,
        index: row.index,
        start_ns: Math.round(row.startNs),
        end_ns: Math.round(row.endNs),
        omitted: row.omitted,
        bytes: 0,
        packets: row.bytes,
        lost: null,
        jitter_ns: null,
      });
    }
    return rows;
  }

  /** The report of the receiver. @param use - of the thread that accepted */
  report(use: Pick<ReceiverReport, 'thread_ratio' | 'wait_ratio'>): ReceiverReport {
    return {
      stream: 0,
      bytes: 0,
      packets: this.#counted,
      reordered: null,
      duplicated: null,
      jitter_ns: null,
      queueing_ns: null,
      window_ns: Math.round(this.meter.windowNs),
      ...use,
      slice_ns: null,
      slices: null,
    };
  }
}
