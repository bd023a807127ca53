/**
 * What a run of `winze decode` or `winze capture` prints of each capture.
 *
 * @module
 */
import type { CaptureSink, DecodedCapture } from '../../run/decode/decode-capture.ts';

export interface View extends CaptureSink {
  /** Prints what is left to print at the end of a capture. */
  printEnd(decoded: Pick<DecodedCapture<CaptureSink>, 'decryption'>): void;
}
