/**
 * Bounds the messages that a server takes from one client. All clients share one thread for their control connections,
 * so without a bound one client could keep the server from the others.
 *
 * @module
 */
import { type Instant, NS_PER_S } from '../core/time.ts';

/** Octets of a frame that count as one message more. */
const UNIT_BYTES = 8 * 1024;
/** Most that may come at once: the longest report is a quarter of it. */
const CAPACITY = 128;
/** What time gives back. A client sends a ping every 2 s, whatever else it does. */
const UNITS_PER_S = 20;
/** `open`, `start` and `stop` of a test, and a ping. */
const UNITS_PER_TEST = 4;

/** Counts the messages of one client against the elapsed time and its tests. */
export class MessageBudget {
  #left = CAPACITY;
  #at: Instant;

  constructor(now: Instant) {
    this.#at = now;
  }

  /** Counts a frame of `bytes` octets; false if there are more than time and tests allow. */
  take(bytes: number, now: Instant): boolean {
    this.#add((Math.max(0, now - this.#at) / NS_PER_S) * UNITS_PER_S);
    this.#at = now;
    this.#left -= 1 + Math.floor(bytes / UNIT_BYTES);
    return this.#left >= 0;
  }

  /** Gives back the messages of a test for which all streams were opened, so that short tests may follow each other. */
  giveBackTest(streams: number): void {
    this.#add(UNITS_PER_TEST + streams);
  }

  #add(units: number): void {
    this.#left = Math.min(CAPACITY, this.#left + units);
  }
}
