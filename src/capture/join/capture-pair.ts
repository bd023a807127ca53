/**
 * Two captures of one tunnel, read one after the other, and their joint result.
 *
 * @module
 */

import { VERSION } from '../../core/version.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import { type CaptureJoin, JOIN_SCHEMA, type JoinDocument } from '../documents/capture-join.ts';
import type { CaptureRecord } from '../record.ts';
import { CaptureJoiner } from './joiner.ts';

/** A `CaptureJoiner` with the names of the two captures, for the command line and the JSON document. */
export class CapturePair {
  /** Names of the first and the second capture. */
  readonly names: readonly [string, string];
  readonly #joiner = new CaptureJoiner();
  #begun = 0;

  constructor(first: string, second: string) {
    this.names = [first, second];
  }

  /** Must be called before the first packet of each capture. */
  beginCapture(): void {
    if (++this.#begun === 2) this.#joiner.beginSecond();
  }

  /** Adds a dissected packet of the current capture. */
  readonly add = (record: CaptureRecord, stack: LayerStack): void => this.#joiner.add(record, stack);

  /** The joint result; `null` before the second capture was begun. */
  result(): CaptureJoin | null {
    return this.#begun < 2 ? null : this.#joiner.result();
  }

  /** The JSON document. @param join - what `result` returned */
  document(join: CaptureJoin): JoinDocument {
    return { schema: JOIN_SCHEMA, tool: { name: 'winze', version: VERSION }, files: this.names, join };
  }
}
