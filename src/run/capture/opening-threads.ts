/**
 * Threads that open batches of data messages, in the order in which the batches come back to whoever filled them.
 *
 * Nothing depends on the threads: a batch that none of them has begun when it is wanted is opened here. So a thread
 * that takes its time to start, cannot start or dies costs speed alone.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../capture/keys/batches/message-batch.ts';
import { openBatch } from '../../capture/keys/batches/open-batch.ts';
import type { MessageOpener } from '../../capture/keys/batches/opening.ts';
import { BatchBoard } from './batch-board.ts';

/** More would wait for the thread that reads and dissects. */
const MAX_THREADS = 8;
/** A batch to fill, and one that is being read. */
const SPARE_BATCHES = 2;
/** For each thread: one that it opens, and one that it opens next. */
const BATCHES_EACH = 2;
/** Batches that had to be opened here, after which another thread is worth its start. */
const PATIENCE = 8;

/** Given to a thread when it starts. */
export interface OpeningPlan {
  readonly board: SharedArrayBuffer;
  readonly batches: SharedArrayBuffer;
  /** Tells it from the others. */
  readonly id: number;
}

/** What is needed of a `Worker`. */
export interface OpeningThread {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

const startWorker = (plan: OpeningPlan): OpeningThread =>
  new Worker(new URL('./decrypt-worker.js', import.meta.url), { workerData: plan });

/** @param threads - to be used in all, this one included; `null`: as many as there are processors */
export function createOpeningThreads(threads: number | null, opener: MessageOpener): OpeningThreads | null {
  const limit = Math.min((threads ?? availableParallelism()) - 1, MAX_THREADS);
  return limit < 1 ? null : new OpeningThreads(limit, opener, startWorker);
}

export class OpeningThreads {
  readonly #boardMemory: SharedArrayBuffer;
  readonly #board: BatchBoard;
  readonly #memory: SharedArrayBuffer;
  readonly #batches: MessageBatch[] = [];
  readonly #free: MessageBatch[] = [];
  /** In the order in which they were posted. */
  readonly #posted: MessageBatch[] = [];
  readonly #threads = new Set<OpeningThread>();
  readonly #limit: number;
  readonly #opener: MessageOpener;
  readonly #start: (plan: OpeningPlan) => OpeningThread;
  #started = 0;
  #openedHere = 0;
  /** Whoever waits for a message of a thread, or its end: for a batch, and for all to end. */
  readonly #waiting: (() => void)[] = [];

  /** @param limit - threads at most, from 1 to 8. The first starts at once. */
  constructor(limit: number, opener: MessageOpener, start: (plan: OpeningPlan) => OpeningThread) {
    const places = SPARE_BATCHES + BATCHES_EACH * limit;
    this.#boardMemory = new SharedArrayBuffer(BatchBoard.bytes(places));
    this.#board = BatchBoard.in(this.#boardMemory);
    this.#memory = new SharedArrayBuffer(places * MESSAGE_BATCH_BYTES);
    this.#limit = limit;
    this.#opener = opener;
    this.#start = start;
    this.#add();
  }

  /** Whether all that was posted was taken back. */
  get isIdle(): boolean {
    return this.#posted.length === 0;
  }

  /** An empty batch to fill and post; `null` while too many are under way. */
  take(): MessageBatch | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const place = this.#batches.length;
    if (place >= SPARE_BATCHES + BATCHES_EACH * this.#started) return null;
    const batch = new MessageBatch(this.#memory, place * MESSAGE_BATCH_BYTES);
    this.#batches.push(batch);
    return batch;
  }

  /** Hands a batch to the threads. It must not be touched before `next` gives it back. */
  post(batch: MessageBatch): void {
    const place = this.#placeOf(batch);
    if (this.#posted.push(batch) === 1) this.#board.oldest = place;
    this.#board.post(place);
  }

  /** Takes back the oldest batch, if it is opened. */
  next(): MessageBatch | null {
    const [oldest] = this.#posted;
    if (oldest === undefined || !this.#board.isDone(this.#placeOf(oldest))) return null;
    this.#posted.shift();
    const [next] = this.#posted;
    if (next !== undefined) this.#board.oldest = this.#placeOf(next);
    return oldest;
  }

  /** Sees to it that the oldest batch is opened. @returns what to wait for; `undefined`: it is, or there is none */
  finishOldest(): Promise<void> | undefined {
    const [oldest] = this.#posted;
    if (oldest === undefined) return undefined;
    const place = this.#placeOf(oldest);
    // While a thread is at the oldest, there may be others to open.
    for (const batch of this.#posted) {
      if (this.#board.isDone(place)) return undefined;
      if (this.#board.claimHere(this.#placeOf(batch))) this.#openHere(batch);
    }
    return this.#board.isDone(place) ? undefined : this.#done(place);
  }

  /** Returns a batch that `take` or `next` gave. */
  release(batch: MessageBatch): void {
    batch.clear();
    this.#free.push(batch);
  }

  /**
   * Ends the threads, and wipes what they worked on. They end by themselves: one that is terminated in a call of
   * koffi, or while that is loaded, takes the process with it.
   */
  async close(): Promise<void> {
    this.#board.close();
    for (const thread of this.#threads) thread.ref();
    while (this.#threads.size > 0) await this.#woken();
    for (const batch of this.#batches) batch.wipe();
  }

  #openHere(batch: MessageBatch): void {
    openBatch(batch, this.#opener);
    this.#board.finish(this.#placeOf(batch));
    // A thread that has just been started has done nothing yet.
    if (this.#board.working < this.#started || ++this.#openedHere < PATIENCE) return;
    this.#openedHere = 0;
    if (this.#started < this.#limit) this.#add();
  }

  async #done(place: number): Promise<void> {
    // Threads keep the process alive only while somebody waits for them.
    for (const thread of this.#threads) thread.ref();
    this.#board.isAwaited = true;
    while (this.#board.isClaimed(place)) await this.#woken();
    this.#board.isAwaited = false;
    if (this.#board.isClosed) return;
    for (const thread of this.#threads) thread.unref();
  }

  /** Settles with the next message of a thread, or its end. */
  #woken(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #add(): void {
    const id = this.#started++;
    let thread: OpeningThread;
    try {
      thread = this.#start({ board: this.#boardMemory, batches: this.#memory, id });
    } catch {
      // The system gives this process no thread more.
      return;
    }
    this.#threads.add(thread);
    thread.on('message', () => this.#wake());
    // It follows that the thread exits: it is not missed, but for what it held.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      this.#threads.delete(thread);
      this.#board.abandon(id);
      this.#wake();
    });
    thread.unref();
  }

  #placeOf(batch: MessageBatch): number {
    return this.#batches.indexOf(batch);
  }
}
