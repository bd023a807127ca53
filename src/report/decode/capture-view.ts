/**
 * The output of `winze decode` and `winze capture` for one capture.
 *
 * @module
 */
import type { DecryptStage } from '../../capture/pipeline/decrypt-stage.ts';
import type { PacketSink } from '../../capture/pipeline/packet-sink.ts';

/** A sink for the packets of one capture that prints them, or a report on them. */
export interface CaptureView extends PacketSink {
  /** Handles a pause: the next packet may take long to arrive. */
  onPause(): void;
  /** Settles when the view takes more packets; `undefined` if it does now. */
  drained(): Promise<void> | undefined;
  /** Prints what is left to print at the end of a capture. */
  printEnd(decoded: { readonly decryption: DecryptStage | null }): void;
}
