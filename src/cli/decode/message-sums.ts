/**
 * Data messages of which nobody wants more than sums, so that other threads open them while the capture is read on.
 *
 * @module
 */
import type { MessageBatch } from '../../capture/keys/message-batch.ts';
import type { OpeningThreads } from '../../run/capture/opening-threads.ts';

export class MessageSums {
  readonly #threads: OpeningThreads;
  readonly #onSums: (batch: MessageBatch) => void;
  #batch: MessageBatch | null = null;

  /** @param onSums - takes batches whose messages were opened */
  constructor(threads: OpeningThreads, onSums: (batch: MessageBatch) => void) {
    this.#threads = threads;
    this.#onSums = onSums;
  }

  /** For the messages of one packet more. `null`: what is under way is to be awaited with `makeRoom`. */
  batch(): MessageBatch | null {
    if (this.#batch?.hasRoomFor(0)) return this.#batch;
    this.#post();
    this.#takeOpened();
    this.#batch = this.#threads.take();
    if (this.#batch !== null) this.#batch.isSummed = true;
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
      this.#takeOpened();
      const pending = this.#threads.finishOldest();
      if (pending === undefined && this.#threads.isIdle) return;
      await pending;
    }
  }

  #post(): void {
    if (this.#batch !== null) this.#threads.post(this.#batch);
    this.#batch = null;
  }

  #takeOpened(): void {
    for (let batch = this.#threads.next(); batch !== null; batch = this.#threads.next()) {
      this.#onSums(batch);
      this.#threads.release(batch);
    }
  }
}
