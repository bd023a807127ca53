/**
 * Threads that open batches of messages, played on the thread of the test: what each does with a batch is settled by
 * the test, and not by a scheduler.
 */
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../src/capture/keys/batches/message-batch.ts';
import { openBatch } from '../../src/capture/keys/batches/open-batch.ts';
import { AeadOpener, type MessageOpener } from '../../src/capture/keys/batches/opening.ts';
import { nodeAead } from '../../src/crypto/aead-node.ts';
import { BatchBoard } from '../../src/run/capture/batch-board.ts';
import { type OpeningPlan, type OpeningThread, OpeningThreads } from '../../src/run/capture/opening-threads.ts';

/**
 * What a thread does with a batch: opens it at once; takes it, and opens it when it is waited for; takes it, and dies
 * when it is waited for; lets it lie.
 */
export type Conduct = 'at once' | 'late' | 'dies' | 'never';

/** A thread that does as it is told. */
export class PlayedThread implements OpeningThread {
  readonly plan: OpeningPlan;
  readonly #listeners = { message: () => {}, error: () => {}, exit: () => {} };
  readonly #board: BatchBoard;
  readonly #opener = new AeadOpener(nodeAead);
  readonly #taken: { readonly place: number; readonly conduct: Conduct }[] = [];
  isRef = true;
  isOver = false;
  /** Batches that it opened. */
  opened = 0;

  constructor(plan: OpeningPlan) {
    this.plan = plan;
    this.#board = BatchBoard.in(plan.board);
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void {
    this.#listeners[event] = () => listener(undefined);
  }

  /** Takes a batch, if there is one. @returns whether there was */
  take(conduct: Conduct): boolean {
    if (this.isOver || conduct === 'never') return false;
    const place = this.#board.claim(this.plan.id);
    if (place < 0) return false;
    this.#board.addWorking();
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
      openBatch(new MessageBatch(this.plan.batches, place * MESSAGE_BATCH_BYTES), this.#opener);
      this.#board.finish(place);
      this.opened++;
      if (this.#board.isAwaited) this.#listeners.message();
    }
  }
}

/** Tells played threads of every batch that is posted. */
class PlayedThreads extends OpeningThreads {
  readonly #onPost: () => void;

  constructor(limit: number, opener: MessageOpener, start: (plan: OpeningPlan) => OpeningThread, onPost: () => void) {
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
  const start = (plan: OpeningPlan): OpeningThread => {
    const thread = new PlayedThread(plan);
    threads.push(thread);
    return thread;
  };
  const opening = new PlayedThreads(limit, new AeadOpener(nodeAead), start, () => {
    const what = conduct(posts++);
    threads.some((thread) => thread.take(what));
  });
  return { opening, threads, posts: () => posts };
}
