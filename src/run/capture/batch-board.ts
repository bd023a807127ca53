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
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #places: number;

  /** @param shared - places, or the memory of another board, to share it */
  constructor(shared: number | SharedArrayBuffer) {
    this.memory = typeof shared === 'number' ? new SharedArrayBuffer(4 * (STATES + shared)) : shared;
    this.#words = new Int32Array(this.memory);
    this.#places = this.#words.length - STATES;
  }

  /** Announces a batch that is written. */
  post(place: number): void {
    Atomics.store(this.#words, STATES + place, READY);
    Atomics.add(this.#words, POSTED, 1);
    Atomics.notify(this.#words, POSTED, 1);
  }

  isDone(place: number): boolean {
    return Atomics.load(this.#words, STATES + place) === DONE;
  }

  /** Whether a thread is at a batch. */
  isClaimed(place: number): boolean {
    return Atomics.load(this.#words, STATES + place) >= CLAIMED;
  }

  /** Takes a batch from the threads, unless one of them has it. `finish` is to follow. */
  claimHere(place: number): boolean {
    return Atomics.compareExchange(this.#words, STATES + place, READY, FREE) === READY;
  }

  finish(place: number): void {
    Atomics.store(this.#words, STATES + place, DONE);
  }

  /** Where threads begin to look. */
  set oldest(place: number) {
    Atomics.store(this.#words, OLDEST, place);
  }

  set isAwaited(isAwaited: boolean) {
    Atomics.store(this.#words, AWAITED, isAwaited ? 1 : 0);
  }

  get isAwaited(): boolean {
    return Atomics.load(this.#words, AWAITED) === 1;
  }

  get working(): number {
    return Atomics.load(this.#words, WORKING);
  }

  /** Says that one thread more took a batch. */
  addWorking(): void {
    Atomics.add(this.#words, WORKING, 1);
  }

  /** Takes the next batch for a thread. @returns its place, or -1 */
  claim(id: number): number {
    const oldest = Atomics.load(this.#words, OLDEST);
    for (let i = 0; i < this.#places; i++) {
      const place = (oldest + i) % this.#places;
      if (Atomics.compareExchange(this.#words, STATES + place, READY, CLAIMED + id) === READY) return place;
    }
    return -1;
  }

  /** Gives back what a thread had that is no more. */
  abandon(id: number): void {
    for (let place = 0; place < this.#places; place++) {
      Atomics.compareExchange(this.#words, STATES + place, CLAIMED + id, READY);
    }
  }

  /** Tells all threads to end. */
  close(): void {
    Atomics.store(this.#words, CLOSED, 1);
    Atomics.add(this.#words, POSTED, 1);
    Atomics.notify(this.#words, POSTED);
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, CLOSED) === 1;
  }

  /** What `waitForPost` compares. */
  get posted(): number {
    return Atomics.load(this.#words, POSTED);
  }

  /** Sleeps until more was posted than then. */
  waitForPost(posted: number): void {
    Atomics.wait(this.#words, POSTED, posted);
  }
}
