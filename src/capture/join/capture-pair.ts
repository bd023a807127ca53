/**
 * Two captures of one tunnel, read one after the other, and what they say together.
 *
 * @module
 */

import { VERSION } from '../../core/version.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import { type CaptureJoin, JOIN_SCHEMA, type JoinDocument } from '../documents/capture-join.ts';
import type { CaptureRecord } from '../record.ts';
import { CaptureJoiner } from './joiner.ts';

export class CapturePair {
  /** Of the first and the second capture. */
  readonly names: readonly [string, string];
  readonly #joiner = new CaptureJoiner();
  #begun = 0;

  constructor(first: string, second: string) {
    this.names = [first, second];
  }

  /** Says that the packets of the next capture follow. */
  beginCapture(): void {
    if (++this.#begun === 2) this.#joiner.beginSecond();
  }

  readonly add = (record: CaptureRecord, stack: LayerStack): void => this.#joiner.add(record, stack);

  /** What both captures say; `null` before the second was begun. */
  result(): CaptureJoin | null {
    return this.#begun < 2 ? null : this.#joiner.result();
  }

  /** @param join - the result */
  document(join: CaptureJoin): JoinDocument {
    return { schema: JOIN_SCHEMA, tool: { name: 'winze', version: VERSION }, files: this.names, join };
  }
}
