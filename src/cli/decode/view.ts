/**
 * The output of `winze decode` and `winze capture` for one capture.
 *
 * @module
 */
import type { CaptureSink, DecodedCapture } from '../../run/decode/decode-capture.ts';

/** A sink for the packets of one capture that prints them, or a report on them. */
export interface View extends CaptureSink {
  /** Prints what is left to print at the end of a capture. */
  printEnd(decoded: Pick<DecodedCapture<CaptureSink>, 'decryption'>): void;
}
