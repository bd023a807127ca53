/**
 * Modes of decoding: which threads decrypt the messages of a capture, and when.
 *
 * ```text
 * ClearMode    no keys yet; they may follow in the file
 *   └> DirectMode    packet by packet, in this thread
 *        ├> SummedMode    in all threads, if only sums of the plaintexts are needed
 *        └> HeldMode      in all threads; packets wait in order, and DirectMode takes the last few
 * ```
 *
 * The results and their order are the same in all modes.
 *
 * @module
 */
import type { DecryptStage } from '../../../capture/pipeline/decrypt-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';

/** A promise to wait for before the next packet; `undefined` if it is not necessary to wait. */
export type Pending = Promise<void> | undefined;

/** One of these modes. */
export interface DecodeMode {
  /** Whether `take` may be called with this packet now. */
  isReady(record: CaptureRecord): boolean;
  /** Prepares for this packet. @returns the mode that takes it; it may have to be made ready as well */
  makeReady(record: CaptureRecord): Promise<DecodeMode>;
  /**
   * Passes a packet through all stages, or starts to.
   *
   * @throws StopReading after the last packet that is needed; the promise may reject with it as well
   */
  take(record: CaptureRecord): Pending;
  /** Passes on all packets that wait for decryption. */
  drain(): Promise<void>;
  /** Waits for the last messages that other threads decrypt. `take` must not be called after that. */
  finish(): Promise<void>;
  /** `null` without keys. */
  readonly decryption: DecryptStage | null;
}
