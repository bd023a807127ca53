/**
 * Who is at which batch: words in memory that several threads share.
 *
 * ```text
 * POSTED   grows with every batch that is posted: threads sleep on it
 * AWAITED  1 while the thread that posts waits for a message
 * WORKING  threads that took a batch so far
 * CLOSED   1 when threads are to end
 * OLDEST   the place that was posted first of those that may be open
 * states   one for each place: FREE, READY (posted), DONE, or CLAIMED + the thread's number
 * ```
 *
 * A batch's contents are written before its state, and read after it, so they need no more than that.
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

export class BatchBoard {
  readonly #words: SharedWords;
  readonly #places: number;

  /** @param memory - of `bytes` octets, which several threads may share */
  static in(memory: SharedArrayBuffer): BatchBoard {
    return new BatchBoard(new AtomicWords(new Int32Array(memory)));
  }

  /** Octets that a board with so many places needs. */
  static bytes(places: number): number {
    return 4 * (STATES + places);
  }

  /** @param words - all zero for a new board */
  constructor(words: SharedWords) {
    this.#words = words;
    this.#places = words.length - STATES;
  }

  /** Announces a batch that is written. */
  post(place: number): void {
    this.#words.store(STATES + place, READY);
    this.#words.add(POSTED, 1);
    this.#words.notify(POSTED, 1);
  }

  isDone(place: number): boolean {
    return this.#words.load(STATES + place) === DONE;
  }

  /** Whether a thread is at a batch. */
  isClaimed(place: number): boolean {
    return this.#words.load(STATES + place) >= CLAIMED;
  }

  /** Takes a batch from the threads, unless one of them has it. `finish` is to follow. */
  claimHere(place: number): boolean {
    return this.#words.compareExchange(STATES + place, READY, FREE) === READY;
  }

  finish(place: number): void {
    this.#words.store(STATES + place, DONE);
  }

  /** Where threads begin to look. */
  set oldest(place: number) {
    this.#words.store(OLDEST, place);
  }

  set isAwaited(isAwaited: boolean) {
    this.#words.store(AWAITED, isAwaited ? 1 : 0);
  }

  get isAwaited(): boolean {
    return this.#words.load(AWAITED) === 1;
  }

  get working(): number {
    return this.#words.load(WORKING);
  }

  /** Says that one thread more took a batch. */
  addWorking(): void {
    this.#words.add(WORKING, 1);
  }

  /** Takes the next batch for a thread. @returns its place, or -1 */
  claim(id: number): number {
    const oldest = this.#words.load(OLDEST);
    for (let i = 0; i < this.#places; i++) {
      const place = (oldest + i) % this.#places;
      if (this.#words.compareExchange(STATES + place, READY, CLAIMED + id) === READY) return place;
    }
    return -1;
  }

  /** Gives back what a thread had that is no more. */
  abandon(id: number): void {
    for (let place = 0; place < this.#places; place++) {
      this.#words.compareExchange(STATES + place, CLAIMED + id, READY);
    }
  }

  /** Tells all threads to end. */
  close(): void {
    this.#words.store(CLOSED, 1);
    this.#words.add(POSTED, 1);
    this.#words.notify(POSTED);
  }

  get isClosed(): boolean {
    return this.#words.load(CLOSED) === 1;
  }

  /** What `waitForPost` compares. */
  get posted(): number {
    return this.#words.load(POSTED);
  }

  /** Sleeps until more was posted than then. */
  waitForPost(posted: number): void {
    this.#words.wait(POSTED, posted);
  }
}
