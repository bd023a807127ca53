/**
 * Decides after each packet whether and when the next one is read. Reading ends after the last packet that is needed.
 * It pauses while a sink is slower, so that packets do not fill the memory.
 *
 * @module
 */
import type { FilterStage } from '../../../capture/pipeline/filter-stage.ts';
import type { Pending } from '../modes/decode-mode.ts';
import { StopReading } from '../sources/stop-reading.ts';
import type { InnerFile } from './inner-file.ts';

/** What this decision depends on. */
export interface ReadControlOptions {
  /** Packets after which reading ends; infinite for all. */
  readonly count: number;
  /** Counts the packets that passed. */
  readonly filter: FilterStage;
  readonly innerFile: InnerFile | null;
  /** Resolves when the sink can take more; `undefined` if it can now. */
  readonly drained: () => Pending;
}

/** Is asked after each packet. */
export class ReadControl {
  readonly #count: number;
  readonly #filter: FilterStage;
  readonly #innerFile: InnerFile | null;
  readonly #drained: () => Pending;
  /** Whether the last packet that is needed has passed. */
  isOver = false;

  constructor({ count, filter, innerFile, drained }: ReadControlOptions) {
    this.#count = count;
    this.#filter = filter;
    this.#innerFile = innerFile;
    this.#drained = drained;
  }

  /** Packets that may still pass. */
  get left(): number {
    return this.#count - this.#filter.passed;
  }

  /** Must be called after each packet. @throws StopReading after the last one that is needed */
  next(): Pending {
    this.stopAtLast();
    return this.drained();
  }

  /** Does nothing unless the last packet that is needed has passed. @throws StopReading in that case */
  stopAtLast(): void {
    if (this.left > 0) return;
    this.isOver = true;
    throw new StopReading();
  }

  /** Waits for the sinks, without checking for the last packet. */
  drained(): Pending {
    const file = this.#innerFile;
    return file?.isFull ? file.flush().then(this.#drained) : this.#drained();
  }
}
