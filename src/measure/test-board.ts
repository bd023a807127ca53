/**
 * Memory that the streams of one test at one end share, whichever threads carry them: the common window of each direction,
 * and counters, from which a server prints its rows.
 *
 * @module
 */
import type { FlowDirection } from '../core/shapes/spec.ts';
import { CommonWindow } from './flow/common-window.ts';

/** Offset of the counters, behind both windows. */
const COUNTERS_AT = 2 * CommonWindow.BYTES;
/** Counters of a stream: octets and packets. */
const COUNTERS = 2;

/** Octets and packets that were sent or received. */
export interface Passed {
  readonly bytes: number;
  readonly packets: number;
}

/** Windows and counters of one test, in shared memory. */
export class TestBoard {
  /** The memory, to be passed to other threads. */
  readonly memory: SharedArrayBuffer;
  readonly #counters: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#counters = new Float64Array(memory, COUNTERS_AT);
  }

  /** Creates the memory for so many streams. */
  static forStreams(count: number): TestBoard {
    return new TestBoard(new SharedArrayBuffer(COUNTERS_AT + count * COUNTERS * Float64Array.BYTES_PER_ELEMENT));
  }

  /** The common window of a direction. */
  window(direction: FlowDirection): CommonWindow {
    return new CommonWindow(this.memory, direction === 'upload' ? 0 : CommonWindow.BYTES);
  }

  /**
   * Counts what the kernel took from a stream or gave to it, including the warm-up. Only one thread may count for a stream.
   */
  count(stream: number, bytes: number, packets: number): void {
    const at = stream * COUNTERS;
    this.#counters[at] = (this.#counters[at] ?? 0) + bytes;
    this.#counters[at + 1] = (this.#counters[at + 1] ?? 0) + packets;
  }

  /** The sums of the counters of these streams. */
  passed(streams: readonly number[]): Passed {
    let [bytes, packets] = [0, 0];
    for (const stream of streams) {
      bytes += this.#counters[stream * COUNTERS] ?? 0;
      packets += this.#counters[stream * COUNTERS + 1] ?? 0;
    }
    return { bytes, packets };
  }
}
