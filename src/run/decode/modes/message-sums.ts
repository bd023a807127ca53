/**
 * Data messages for which only sums are needed. Other threads decrypt them while this thread goes on reading.
 *
 * @module
 */
import type { MessageBatch } from '../../../capture/keys/batches/message-batch.ts';
import type { DecryptThreads } from '../../capture/decrypt-threads.ts';

/** Provides batches to fill, and adds up those that were decrypted. */
export class MessageSums {
  readonly #threads: DecryptThreads;
  readonly #onSums: (batch: MessageBatch) => void;
  readonly #keepsTcp: boolean;
  #batch: MessageBatch | null = null;

  /**
   * @param keepsTcp - for `MessageBatch.keepsTcp`
   * @param onSums - is called with each batch whose messages were decrypted
   */
  constructor(threads: DecryptThreads, keepsTcp: boolean, onSums: (batch: MessageBatch) => void) {
    this.#keepsTcp = keepsTcp;
    this.#threads = threads;
    this.#onSums = onSums;
  }

  /** A batch with room for the messages of one packet; `null` if all batches are in use, so call `makeRoom` first. */
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

  /** Waits for a batch to be decrypted. */
  async makeRoom(): Promise<void> {
    await this.#threads.finishOldest();
  }

  /** Waits until all messages are decrypted. */
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
