/**
 * Finds the layers of each packet, in the order of the capture.
 *
 * @module
 */
import { Dissector } from '../dissect/dissect.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import type { ToldPorts } from '../ports/told-ports.ts';
import type { Recogniser } from '../recognise/recogniser.ts';
import type { CaptureRecord } from '../record.ts';
import { Lookahead } from './lookahead.ts';

/** Sees every packet that was dissected, whether it passes the filter or not. */
export type OnDissected = (record: CaptureRecord, stack: LayerStack) => void;

export class DissectStage {
  /** Packets that wait until it is known what the first of them is. */
  readonly lookahead: Lookahead;
  /** Whether a packet may be passed on without its layers, if nobody else asks for them. */
  readonly isOptional: boolean;
  readonly #dissector: Dissector;
  readonly #onDissected: OnDissected | null;

  /** @param onDissected - `null`: nobody needs the layers of every packet */
  constructor(recogniser: Recogniser, told: ToldPorts, onDissected: OnDissected | null) {
    this.#dissector = new Dissector({ recogniser, isWaitedFor: true, told });
    this.lookahead = new Lookahead(this.#dissector);
    this.#onDissected = onDissected;
    this.isOptional = onDissected === null;
  }

  /** Fills the stack. @returns false: the packet waits in `lookahead`, which gives it back later */
  dissect(record: CaptureRecord, stack: LayerStack): boolean {
    this.#dissector.dissect(record, stack);
    if (this.#dissector.undecided !== null) {
      this.lookahead.wait(record);
      return false;
    }
    this.#onDissected?.(record, stack);
    return true;
  }
}
