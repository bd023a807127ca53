/**
 * Assigns batches to threads: a few words of memory that the threads share.
 *
 * ```text
 * POSTED   incremented with every posted batch; idle threads wait on it
 * AWAITED  1 while the posting thread waits for a message
 * WORKING  number of threads that have taken a batch so far
 * OLDEST   index of the oldest batch that is not taken back yet
 * CLOSED   1 when threads have to end
 * states   one for each batch: FREE, READY (posted), DONE, or CLAIMED + the id of the thread
 * ```
 *
 * The contents of a batch are written before its state, and read after it. The states are accessed with `Atomics`, so
 * the contents need no other synchronisation.
 *
 * @module
 */
import { AtomicWords, type SharedWords } from '../shared-words.ts';

const POSTED = 0;
const AWAITED = 1;
const WORKING = 2;
const OLDEST = 3;
const CLOSED = 4;
const STATES = 5;

const FREE = 0;
const READY = 1;
const DONE = 2;
const CLAIMED = 3;

/** The shared words. A batch is named by its place, from 0. */
export class BatchStates {
  readonly #words: SharedWords;
  readonly #places: number;

  /** A board in shared memory. @param memory - has `bytes` octets */
  static in(memory: SharedArrayBuffer): BatchStates {
    return new BatchStates(new AtomicWords(new Int32Array(memory)));
  }

  /** Octets of memory that a board for this number of batches needs. */
  static bytes(places: number): number {
    return 4 * (STATES + places);
  }

  /** @param words - all zero for a new board */
  constructor(words: SharedWords) {
    this.#words = words;
    this.#places = words.length - STATES;
  }

  /** Makes a batch available to the threads, and wakes one of them. */
  post(place: number): void {
    this.#words.store(STATES + place, READY);
    this.#words.add(POSTED, 1);
    this.#words.notify(POSTED, 1);
  }

  /** Whether a batch is decrypted. */
  isDone(place: number): boolean {
    return this.#words.load(STATES + place) === DONE;
  }

  /** Whether a thread is working on a batch. */
  isClaimed(place: number): boolean {
    return this.#words.load(STATES + place) >= CLAIMED;
  }

  /** Takes a batch for this thread. Call `finish` afterwards. @returns false if another thread has taken it before */
  claimLocally(place: number): boolean {
    return this.#words.compareExchange(STATES + place, READY, FREE) === READY;
  }

  /** Marks a batch as decrypted. */
  finish(place: number): void {
    this.#words.store(STATES + place, DONE);
  }

  /** The place where threads start searching for a batch. */
  set oldest(place: number) {
    this.#words.store(OLDEST, place);
  }

  /** Whether the posting thread waits for a message that a batch is done. */
  set isAwaited(isAwaited: boolean) {
    this.#words.store(AWAITED, isAwaited ? 1 : 0);
  }

  get isAwaited(): boolean {
    return this.#words.load(AWAITED) === 1;
  }

  /** Threads that have taken a batch so far. */
  get workingThreads(): number {
    return this.#words.load(WORKING);
  }

  /** Is called by each thread at its first batch. */
  addWorkingThread(): void {
    this.#words.add(WORKING, 1);
  }

  /** Takes the next batch for a thread. @returns its place, or -1 if there is none */
  claim(id: number): number {
    const oldest = this.#words.load(OLDEST);
    for (let i = 0; i < this.#places; i++) {
      const place = (oldest + i) % this.#places;
      if (this.#words.compareExchange(STATES + place, READY, CLAIMED + id) === READY) return place;
    }
    return -1;
  }

  /** Makes the batches available again that a thread had when it ended. */
  release(id: number): void {
    for (let place = 0; place < this.#places; place++) {
      this.#words.compareExchange(STATES + place, CLAIMED + id, READY);
    }
  }

  /** Makes all threads end. */
  close(): void {
    this.#words.store(CLOSED, 1);
    this.#words.add(POSTED, 1);
    this.#words.notify(POSTED);
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#words.load(CLOSED) === 1;
  }

  /** The argument for `waitForPost`. Must be read before `claim`. */
  get posted(): number {
    return this.#words.load(POSTED);
  }

  /** Blocks the thread until a batch is posted, unless that has happened since `posted` was read. */
  waitForPost(posted: number): void {
    this.#words.wait(POSTED, posted);
  }
}
