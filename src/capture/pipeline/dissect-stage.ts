/**
 * Dissects each packet, in the order of the capture.
 *
 * @module
 */
import { Dissector } from '../dissect/dissect.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import type { DecodeAsRules } from '../ports/decode-as-rules.ts';
import type { Recogniser } from '../recognise/recogniser.ts';
import type { CaptureRecord } from '../record.ts';
import { Lookahead } from './lookahead.ts';

/** Is called with every dissected packet, whether it passes the filter or not. */
export type OnDissected = (record: CaptureRecord, stack: LayerStack) => void;

/** A dissector whose undecided packets are held back in a `Lookahead`. */
export class DissectStage {
  /** Packets that are held back until the first of them is decided. */
  readonly lookahead: Lookahead;
  /** Whether packets need not be dissected, as far as this stage is concerned. */
  readonly isOptional: boolean;
  readonly #dissector: Dissector;
  readonly #onDissected: OnDissected | null;

  /** @param onDissected - `null` if the layers of every packet are not needed */
  constructor(recogniser: Recogniser, decodeAs: DecodeAsRules, onDissected: OnDissected | null) {
    this.#dissector = new Dissector({ recogniser, canLookAhead: true, decodeAs });
    this.lookahead = new Lookahead(this.#dissector);
    this.#onDissected = onDissected;
    this.isOptional = onDissected === null;
  }

  /** Fills the stack. @returns false if the packet is held back: `lookahead` returns it later */
  dissect(record: CaptureRecord, stack: LayerStack): boolean {
    this.#dissector.dissect(record, stack);
    if (this.#dissector.undecidedPair !== null) {
      this.lookahead.wait(record);
      return false;
    }
    this.#onDissected?.(record, stack);
    return true;
  }
}
