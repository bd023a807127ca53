/**
 * How the packets of a capture are decrypted and passed on.
 *
 * ```text
 * ClearMode    no keys yet: they may stand in the file
 *   └> DirectMode    one packet after the other, by this thread
 *        ├> SummedMode    by all threads; of the plaintexts only sums are wanted
 *        └> HeldMode      by all threads; packets wait for it in order, and the last few are DirectMode's again
 * ```
 *
 * What becomes of the packets, and in which order, is the same in all of them.
 *
 * @module
 */
import type { DecryptStage } from '../../../capture/pipeline/decrypt-stage.ts';
import type { CaptureRecord } from '../../../capture/record.ts';

/** What to wait for before the next packet; `undefined`: nothing. */
export type Pending = Promise<void> | undefined;

export interface DecodeMode {
  /** Whether `take` may be called with this packet now. */
  isReady(record: CaptureRecord): boolean;
  /** Does what is missing for that. @returns the mode that goes on with the packet; it may not be ready either */
  makeReady(record: CaptureRecord): Promise<DecodeMode>;
  /**
   * Does all stages with a packet, or begins with them.
   *
   * @throws StopReading after the last packet that is wanted; the promise rejects with it as well
   */
  take(record: CaptureRecord): Pending;
  /** Passes on all packets that wait. */
  drain(): Promise<void>;
  /** Waits for the last messages that other threads decrypt. Nothing is taken after that. */
  finish(): Promise<void>;
  /** `null`: there were no keys. */
  readonly decryption: DecryptStage | null;
}
