/**
 * When the test began and when its measured window opened, for all streams of one direction at one end.
 *
 * The first stream sets an instant, and all others use it. If each stream had a window of its own, the octets of windows
 * that do not overlap would be added and then divided by the length of one: a sum above the rate of the line. The memory
 * may be shared between threads, which read the same monotonic clock.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';

const BEGUN = 0;
const OPENED = 1;
/** An instant that is not set. No monotonic clock reads 0 while a test runs. */
const UNSET = 0n;

/** Two instants in memory that threads may share. */
export class CommonWindow {
  /** Octets of memory for one window. */
  static readonly BYTES = 2 * BigInt64Array.BYTES_PER_ELEMENT;
  readonly #instants: BigInt64Array;

  constructor(memory: ArrayBufferLike = new ArrayBuffer(CommonWindow.BYTES), offset = 0) {
    this.#instants = new BigInt64Array(memory, offset, 2);
  }

  /** When the first octet was sent or received, including the warm-up; `undefined` before that. */
  get begunAt(): Instant | undefined {
    return this.#read(BEGUN);
  }

  /** When the first payload after the warm-up was received, if the sender marks it (UDP); `undefined` before that. */
  get openedAt(): Instant | undefined {
    return this.#read(OPENED);
  }

  /** Sets the begin to `at`, unless it is set. @returns the begin */
  begin(at: Instant): Instant {
    return this.#set(BEGUN, at);
  }

  /** Sets the opening to `at`, unless it is set. @returns the opening */
  open(at: Instant): Instant {
    return this.#set(OPENED, at);
  }

  #read(mark: number): Instant | undefined {
    const value = Atomics.load(this.#instants, mark);
    return value === UNSET ? undefined : Number(value);
  }

  #set(mark: number, at: Instant): Instant {
    const wish = BigInt(Math.round(at));
    const before = Atomics.compareExchange(this.#instants, mark, UNSET, wish);
    return Number(before === UNSET ? wish : before);
  }
}
