/**
 * What the streams of one test at one end share, whichever threads carry them: the window of each direction, and
 * what has passed so far, for whoever watches.
 *
 * @module
 */
import type { FlowDirection } from '../core/shapes/spec.ts';
import { CommonWindow } from './flow/common-window.ts';

const COUNTERS_AT = 2 * CommonWindow.BYTES;
/** Octets and packets of a stream. */
const COUNTERS = 2;

export interface Passed {
  readonly bytes: number;
  readonly packets: number;
}

export class TestBoard {
  /** To be handed to other threads. */
  readonly memory: SharedArrayBuffer;
  readonly #counters: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#counters = new Float64Array(memory, COUNTERS_AT);
  }

  static forStreams(count: number): TestBoard {
    return new TestBoard(new SharedArrayBuffer(COUNTERS_AT + count * COUNTERS * Float64Array.BYTES_PER_ELEMENT));
  }

  window(direction: FlowDirection): CommonWindow {
    return new CommonWindow(this.memory, direction === 'upload' ? 0 : CommonWindow.BYTES);
  }

  /** Counts what the kernel took of a stream or gave to it, warm-up included. Of each stream one thread counts. */
  count(stream: number, bytes: number, packets: number): void {
    const at = stream * COUNTERS;
    this.#counters[at] = (this.#counters[at] ?? 0) + bytes;
    this.#counters[at + 1] = (this.#counters[at + 1] ?? 0) + packets;
  }

  /** What has passed on these streams together. */
  passed(streams: readonly number[]): Passed {
    let [bytes, packets] = [0, 0];
    for (const stream of streams) {
      bytes += this.#counters[stream * COUNTERS] ?? 0;
      packets += this.#counters[stream * COUNTERS + 1] ?? 0;
    }
    return { bytes, packets };
  }
}
