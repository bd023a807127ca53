/**
 * Threads that decrypt batches of data messages. Batches are returned in the order in which they were posted.
 *
 * The result does not depend on the threads: a batch that no thread has taken when it is needed is decrypted in this
 * one. So a thread that starts slowly, cannot start or dies only costs speed.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { decryptBatch } from '../../capture/keys/batches/decrypt-batch.ts';
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../capture/keys/batches/message-batch.ts';
import type { MessageDecrypter } from '../../capture/keys/batches/message-decrypter.ts';
import { BatchStates } from './batch-states.ts';

/** More threads would wait for the one that reads and dissects. */
const MAX_THREADS = 8;
/** One batch that is being filled, and one that is being read. */
const SPARE_BATCHES = 2;
/** For each thread, one batch that it decrypts, and one that it decrypts next. */
const BATCHES_EACH = 2;
/** Batches that had to be decrypted in this thread before another thread is started. */
const MAX_LOCAL_BATCHES = 8;

/** The data that a thread receives when it starts. */
export interface DecryptThreadPlan {
  /** Memory of the `BatchStates`. */
  readonly board: SharedArrayBuffer;
  /** Memory of all batches, `MESSAGE_BATCH_BYTES` each. */
  readonly batches: SharedArrayBuffer;
  /** Number of the thread, from 0. */
  readonly id: number;
}

/** The part of a `Worker` that is used, so that tests can replace it. */
export interface DecryptThread {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

const startWorker = (plan: DecryptThreadPlan): DecryptThread =>
  new Worker(new URL('./decrypt-worker.js', import.meta.url), { workerData: plan });

/**
 * Starts threads that decrypt.
 *
 * @param threads - number of threads, this one included; `null` for one per processor
 * @param decrypter - decrypts batches in this thread
 * @returns `null` if this is the only thread
 */
export function createDecryptThreads(threads: number | null, decrypter: MessageDecrypter): DecryptThreads | null {
  const limit = Math.min((threads ?? availableParallelism()) - 1, MAX_THREADS);
  return limit < 1 ? null : new DecryptThreads(limit, decrypter, startWorker);
}

/** The threads and their batches. `take`, fill, `post`, then `next`, read, `release`. */
export class DecryptThreads {
  readonly #boardMemory: SharedArrayBuffer;
  readonly #board: BatchStates;
  readonly #memory: SharedArrayBuffer;
  readonly #batches: MessageBatch[] = [];
  readonly #free: MessageBatch[] = [];
  /** In the order in which they were posted. */
  readonly #posted: MessageBatch[] = [];
  readonly #threads = new Set<DecryptThread>();
  readonly #limit: number;
  readonly #decrypter: MessageDecrypter;
  readonly #start: (plan: DecryptThreadPlan) => DecryptThread;
  #started = 0;
  #localBatches = 0;
  /** Resolve functions of promises that wait for the next message or the end of a thread. */
  readonly #waiting: (() => void)[] = [];

  /** @param limit - most threads to start, from 1 to 8. The first one is started at once */
  constructor(limit: number, decrypter: MessageDecrypter, start: (plan: DecryptThreadPlan) => DecryptThread) {
    const places = SPARE_BATCHES + BATCHES_EACH * limit;
    this.#boardMemory = new SharedArrayBuffer(BatchStates.bytes(places));
    this.#board = BatchStates.in(this.#boardMemory);
    this.#memory = new SharedArrayBuffer(places * MESSAGE_BATCH_BYTES);
    this.#limit = limit;
    this.#decrypter = decrypter;
    this.#start = start;
    this.#add();
  }

  /** Whether all posted batches were taken back. */
  get isIdle(): boolean {
    return this.#posted.length === 0;
  }

  /** An empty batch to fill and post; `null` if all batches are in use. */
  take(): MessageBatch | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const place = this.#batches.length;
    if (place >= SPARE_BATCHES + BATCHES_EACH * this.#started) return null;
    const batch = new MessageBatch(this.#memory, place * MESSAGE_BATCH_BYTES);
    this.#batches.push(batch);
    return batch;
  }

  /** Hands a batch to the threads. It must not be used until `next` returns it. */
  post(batch: MessageBatch): void {
    const place = this.#placeOf(batch);
    if (this.#posted.push(batch) === 1) this.#board.oldest = place;
    this.#board.post(place);
  }

  /** Takes back the oldest posted batch, if it is decrypted; otherwise `null`. */
  next(): MessageBatch | null {
    const [oldest] = this.#posted;
    if (oldest === undefined || !this.#board.isDone(this.#placeOf(oldest))) return null;
    this.#posted.shift();
    const [next] = this.#posted;
    if (next !== undefined) this.#board.oldest = this.#placeOf(next);
    return oldest;
  }

  /**
   * Gets the oldest posted batch decrypted, in this thread if no other has taken it.
   *
   * @returns a promise to wait for; `undefined` if it is decrypted already, or there is none
   */
  finishOldest(): Promise<void> | undefined {
    const [oldest] = this.#posted;
    if (oldest === undefined) return undefined;
    const place = this.#placeOf(oldest);
    // While a thread works on the oldest batch, this one may decrypt others.
    for (const batch of this.#posted) {
      if (this.#board.isDone(place)) return undefined;
      if (this.#board.claimLocally(this.#placeOf(batch))) this.#decryptLocally(batch);
    }
    return this.#board.isDone(place) ? undefined : this.#waitFor(place);
  }

  /** Gives back a batch that `take` or `next` returned, so that it can be used again. */
  release(batch: MessageBatch): void {
    batch.clear();
    this.#free.push(batch);
  }

  /**
   * Waits until the threads have ended, and zeroes all batches. Threads end by themselves: terminating one during a
   * call through koffi, or while koffi is being loaded, would crash the process.
   */
  async close(): Promise<void> {
    this.#board.close();
    for (const thread of this.#threads) thread.ref();
    while (this.#threads.size > 0) await this.#nextEvent();
    for (const batch of this.#batches) batch.wipe();
  }

  #decryptLocally(batch: MessageBatch): void {
    decryptBatch(batch, this.#decrypter);
    this.#board.finish(this.#placeOf(batch));
    // No further thread is started while the last one has not taken its first batch.
    if (this.#board.workingThreads < this.#started || ++this.#localBatches < MAX_LOCAL_BATCHES) return;
    this.#localBatches = 0;
    if (this.#started < this.#limit) this.#add();
  }

  async #waitFor(place: number): Promise<void> {
    // Threads keep the process alive only while it waits for them.
    for (const thread of this.#threads) thread.ref();
    this.#board.isAwaited = true;
    while (this.#board.isClaimed(place)) await this.#nextEvent();
    this.#board.isAwaited = false;
    if (this.#board.isClosed) return;
    for (const thread of this.#threads) thread.unref();
  }

  /** Resolves at the next message or the end of a thread. */
  #nextEvent(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #add(): void {
    const id = this.#started++;
    let thread: DecryptThread;
    try {
      thread = this.#start({ board: this.#boardMemory, batches: this.#memory, id });
    } catch {
      // The system refuses another thread.
      return;
    }
    this.#threads.add(thread);
    thread.on('message', () => this.#wake());
    // After an error the thread exits, and `exit` handles that.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      this.#threads.delete(thread);
      this.#board.release(id);
      this.#wake();
    });
    thread.unref();
  }

  #placeOf(batch: MessageBatch): number {
    return this.#batches.indexOf(batch);
  }
}
