/**
 * Data messages of which nobody wants more than sums, so that other threads decrypt them while the capture is read on.
 *
 * @module
 */
import type { MessageBatch } from '../../../capture/keys/batches/message-batch.ts';
import type { OpeningThreads } from '../../capture/opening-threads.ts';

export class MessageSums {
  readonly #threads: OpeningThreads;
  readonly #onSums: (batch: MessageBatch) => void;
  readonly #keepsTcp: boolean;
  #batch: MessageBatch | null = null;

  /**
   * @param keepsTcp - as of batches
   * @param onSums - takes batches whose messages were decrypted
   */
  constructor(threads: OpeningThreads, keepsTcp: boolean, onSums: (batch: MessageBatch) => void) {
    this.#keepsTcp = keepsTcp;
    this.#threads = threads;
    this.#onSums = onSums;
  }

  /** For the messages of one packet more. `null`: what is under way is to be awaited with `makeRoom`. */
  batch(): MessageBatch | null {
    if (this.#batch?.hasRoomFor(0)) return this.#batch;
    this.#post();
    this.#takeDecrypted();
    this.#batch = this.#threads.take();
    if (this.#batch !== null) {
      this.#batch.isSummed = true;
      this.#batch.keepsTcp = this.#keepsTcp;
    }
    return this.#batch;
  }

  /** Waits until `batch` has one to give. */
  async makeRoom(): Promise<void> {
    await this.#threads.finishOldest();
  }

  /** Waits for all messages. */
  async finish(): Promise<void> {
    this.#post();
    for (;;) {
      this.#takeDecrypted();
      const pending = this.#threads.finishOldest();
      if (pending === undefined && this.#threads.isIdle) return;
      await pending;
    }
  }

  #post(): void {
    if (this.#batch !== null) this.#threads.post(this.#batch);
    this.#batch = null;
  }

  #takeDecrypted(): void {
    for (let batch = this.#threads.next(); batch !== null; batch = this.#threads.next()) {
      this.#onSums(batch);
      this.#threads.release(batch);
    }
  }
}
