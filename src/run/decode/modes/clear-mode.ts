/**
 * The mode without keys, in which most captures are read. Keys may follow in the file, so handshakes are kept for them.
 *
 * @module
 */

import { createLayerStack } from '../../../capture/dissect/layer-stack.ts';
import { EarlyMessages } from '../../../capture/keys/early-messages.ts';
import type { KeyLogBlocks } from '../../../capture/keys/files/key-log-blocks.ts';
import type { DissectStage } from '../../../capture/pipeline/dissect-stage.ts';
import type { FilterStage } from '../../../capture/pipeline/filter-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { ReadControl } from '../sinks/read-control.ts';
import type { DecodeMode, Pending } from './decode-mode.ts';

/** The stages that all modes use. */
export interface Stages {
  readonly dissect: DissectStage;
  readonly filter: FilterStage;
  readonly readControl: ReadControl;
}

/** Passes packets on without decrypting them, until the file has a key. */
export class ClearMode implements DecodeMode {
  readonly decryption = null;
  readonly #dissect: DissectStage;
  readonly #filter: FilterStage;
  readonly #readControl: ReadControl;
  readonly #blocks: KeyLogBlocks;
  readonly #onKeys: (early: EarlyMessages) => Promise<DecodeMode>;
  readonly #early = new EarlyMessages();
  readonly #stack = createLayerStack();

  /** @param onKeys - makes the next mode, when a key log was found in the capture */
  constructor(
    { dissect, filter, readControl }: Stages,
    blocks: KeyLogBlocks,
    onKeys: (early: EarlyMessages) => Promise<DecodeMode>,
  ) {
    this.#dissect = dissect;
    this.#filter = filter;
    this.#readControl = readControl;
    this.#blocks = blocks;
    this.#onKeys = onKeys;
  }

  isReady(): boolean {
    return !this.#blocks.hasNew();
  }

  makeReady(): Promise<DecodeMode> {
    return this.#onKeys(this.#early);
  }

  take(record: CaptureRecord): Pending {
    // The fast way, which most packets of a large capture take.
    if (this.#dissect.isOptional && this.#filter.takeKnown(record)) {
      if (this.#blocks.mayFollow) this.#early.dataMessages++;
      return this.#readControl.next();
    }
    const stack = this.#stack;
    if (!this.#dissect.dissect(record, stack)) return undefined;
    if (this.#blocks.mayFollow) this.#early.add(record, stack, this.#filter.wants(record, stack));
    this.#filter.take(record, stack, null);
    return this.#readControl.next();
  }

  async drain(): Promise<void> {}

  async finish(): Promise<void> {}
}
