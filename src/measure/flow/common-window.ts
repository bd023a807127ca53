/**
 * When the test began and when its measured window opened, for all streams of one direction at one end.
 *
 * Whoever is first sets an instant, and all others take it. If each stream had a window of its own, the octets of
 * windows that lie beside each other would be added and divided by one of them: more than the line carries. The
 * memory may be shared among threads, which have one monotonic clock.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';

const BEGUN = 0;
const OPENED = 1;
/** An instant that is not set. No monotonic clock reads 0 while a test runs. */
const UNSET = 0n;

export class CommonWindow {
  /** Memory that one of them takes. */
  static readonly BYTES = 2 * BigInt64Array.BYTES_PER_ELEMENT;
  readonly #instants: BigInt64Array;

  constructor(memory: ArrayBufferLike = new ArrayBuffer(CommonWindow.BYTES), offset = 0) {
    this.#instants = new BigInt64Array(memory, offset, 2);
  }

  /** When the first octet was sent or came, warm-up included. */
  get begunAt(): Instant | undefined {
    return this.#read(BEGUN);
  }

  /** When what counts began, where the sender marks it. */
  get openedAt(): Instant | undefined {
    return this.#read(OPENED);
  }

  /** Begins at `at`, unless it has begun. Returns when it did. */
  begin(at: Instant): Instant {
    return this.#set(BEGUN, at);
  }

  /** Opens at `at`, unless it is open. Returns when it opened. */
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
