/**
 * Threads that open batches of messages, played on the thread of the test: what each does with a batch is settled by
 * the test, and not by a scheduler.
 */

import { decryptBatch } from '../../src/capture/keys/batches/decrypt-batch.ts';
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../src/capture/keys/batches/message-batch.ts';
import { AeadDecrypter, type MessageDecrypter } from '../../src/capture/keys/batches/message-decrypter.ts';
import { nodeAead } from '../../src/crypto/aead-node.ts';
import { BatchStates } from '../../src/run/capture/batch-states.ts';
import { type DecryptThread, type DecryptThreadPlan, DecryptThreads } from '../../src/run/capture/decrypt-threads.ts';

/**
 * What a thread does with a batch: opens it at once; takes it, and opens it when it is waited for; takes it, and dies
 * when it is waited for; lets it lie.
 */
export type Conduct = 'at once' | 'late' | 'dies' | 'never';

/** A thread that does as it is told. */
export class PlayedThread implements DecryptThread {
  readonly plan: DecryptThreadPlan;
  readonly #listeners = { message: () => {}, error: () => {}, exit: () => {} };
  readonly #board: BatchStates;
  readonly #opener = new AeadDecrypter(nodeAead);
  readonly #taken: { readonly place: number; readonly conduct: Conduct }[] = [];
  isRef = true;
  isOver = false;
  /** Batches that it opened. */
  opened = 0;

  constructor(plan: DecryptThreadPlan) {
    this.plan = plan;
    this.#board = BatchStates.in(plan.board);
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void {
    this.#listeners[event] = () => listener(undefined);
  }

  /** Takes a batch, if there is one. @returns whether there was */
  take(conduct: Conduct): boolean {
    if (this.isOver || conduct === 'never') return false;
    const place = this.#board.claim(this.plan.id);
    if (place < 0) return false;
    this.#board.addWorkingThread();
    this.#taken.push({ place, conduct });
    if (conduct === 'at once') this.#open();
    return true;
  }

  ref(): void {
    this.isRef = true;
    // Whoever waits does so after this.
    queueMicrotask(() => {
      if (this.#board.isClosed || this.#taken.some(({ conduct }) => conduct === 'dies')) this.end();
      else this.#open();
    });
  }

  unref(): void {
    this.isRef = false;
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#listeners.error();
    this.#listeners.exit();
  }

  #open(): void {
    for (const { place } of this.#taken.splice(0)) {
      decryptBatch(new MessageBatch(this.plan.batches, place * MESSAGE_BATCH_BYTES), this.#opener);
      this.#board.finish(place);
      this.opened++;
      if (this.#board.isAwaited) this.#listeners.message();
    }
  }
}

/** Tells played threads of every batch that is posted. */
class PlayedThreads extends DecryptThreads {
  readonly #onPost: () => void;

  constructor(
    limit: number,
    opener: MessageDecrypter,
    start: (plan: DecryptThreadPlan) => DecryptThread,
    onPost: () => void,
  ) {
    super(limit, opener, start);
    this.#onPost = onPost;
  }

  override post(batch: MessageBatch): void {
    super.post(batch);
    this.#onPost();
  }
}

/** @param conduct - of whoever is free to take the n-th batch, from 0 */
export function playedThreads(limit: number, conduct: (n: number) => Conduct) {
  const threads: PlayedThread[] = [];
  let posts = 0;
  const start = (plan: DecryptThreadPlan): DecryptThread => {
    const thread = new PlayedThread(plan);
    threads.push(thread);
    return thread;
  };
  const opening = new PlayedThreads(limit, new AeadDecrypter(nodeAead), start, () => {
    const what = conduct(posts++);
    threads.some((thread) => thread.take(what));
  });
  return { opening, threads, posts: () => posts };
}
