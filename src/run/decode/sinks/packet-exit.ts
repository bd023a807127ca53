/**
 * What stands between one packet and the next: the last that is wanted ends the reading, and a sink that is slower than we
 * are is waited for, so that it does not fill our memory.
 *
 * @module
 */
import type { FilterStage } from '../../../capture/pipeline/filter-stage.ts';
import type { Pending } from '../modes/decode-mode.ts';
import { StopReading } from '../sources/stop-reading.ts';
import type { InnerFile } from './inner-file.ts';

export interface ExitOptions {
  /** Packets that are wanted; infinite for all. */
  readonly count: number;
  readonly filter: FilterStage;
  readonly innerFile: InnerFile | null;
  /** Settles when the sink takes more; `undefined` if it does now. */
  readonly drained: () => Pending;
}

export class PacketExit {
  readonly #count: number;
  readonly #filter: FilterStage;
  readonly #innerFile: InnerFile | null;
  readonly #drained: () => Pending;
  /** The last packet that is wanted was passed on. */
  isOver = false;

  constructor({ count, filter, innerFile, drained }: ExitOptions) {
    this.#count = count;
    this.#filter = filter;
    this.#innerFile = innerFile;
    this.#drained = drained;
  }

  /** Packets that may still pass. */
  get left(): number {
    return this.#count - this.#filter.passed;
  }

  /** To be called after each packet. @throws StopReading after the last */
  next(): Pending {
    this.stopAtLast();
    return this.drained();
  }

  stopAtLast(): void {
    if (this.left > 0) return;
    this.isOver = true;
    throw new StopReading();
  }

  /** Waits for the sinks alone. */
  drained(): Pending {
    const file = this.#innerFile;
    return file?.isFull ? file.flush().then(this.#drained) : this.#drained();
  }
}
