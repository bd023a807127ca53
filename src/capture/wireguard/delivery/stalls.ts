/**
 * Messages of full size that are repeated, with a pause that doubles each time.
 *
 * This is how TCP retransmits a segment that is not acknowledged (RFC 6298 §5.5). If smaller messages get through
 * meanwhile, the most frequent reason is an MTU black hole: only packets of that size do not arrive.
 *
 * @module
 */

import type { CaptureClock } from '../capture-clock.ts';

/** One series of such repetitions. */
export interface Stall {
  /** Octets of the repeated message, outer headers included. */
  readonly messageBytes: number;
  /** How often it was sent: the first time, and each repetition. */
  messages: number;
  readonly firstPauseNs: number;
  lastPauseNs: number;
  /** Data messages in the opposite direction from the first pause to the last. */
  replies: number;
  /** Frames of its messages, at most 16. */
  readonly frames: number[];
}

/** Smaller messages are not of full size in any tunnel. */
const MIN_BYTES = 1000;
/** Linux waits at least 200 ms before it retransmits (TCP_RTO_MIN). */
const MIN_PAUSE_NS = 180e6;
/** Ratio of a pause to the one before, around 2. */
const MIN_FACTOR = 1.6;
const MAX_FACTOR = 2.6;
/** Doublings after which a series is listed. */
const MIN_DOUBLINGS = 2;
const MAX_STALLS = 16;
const MAX_FRAMES = 16;

/** Finds stalls in the data messages of one path. */
export class Stalls {
  /** The first 16. */
  readonly list: Stall[] = [];
  #largest = 0;
  #lastNs = Number.NaN;
  #pauseNs = 0;
  #firstPauseNs = 0;
  #doublings = 0;
  #repliesBefore = 0;
  #frame = 0;
  #frames: number[] = [];
  #current: Stall | null = null;

  /**
   * Adds a data message.
   *
   * @param messageBytes - with outer headers
   * @param replies - data messages of the other direction so far
   */
  observe(messageBytes: number, frame: number, clock: CaptureClock, replies: number): void {
    if (messageBytes < this.#largest || messageBytes < MIN_BYTES) return;
    if (messageBytes > this.#largest) {
      this.#largest = messageBytes;
      this.#begin(0);
    } else {
      const pauseNs = clock.ns - this.#lastNs;
      if (!(pauseNs >= MIN_PAUSE_NS)) {
        if (this.#pauseNs > 0) this.#begin(0);
      } else if (pauseNs >= MIN_FACTOR * this.#pauseNs && pauseNs <= MAX_FACTOR * this.#pauseNs) {
        this.#double(pauseNs, frame, replies);
      } else {
        this.#begin(pauseNs);
        this.#repliesBefore = replies;
        this.#frames = [this.#frame, frame];
      }
    }
    this.#lastNs = clock.ns;
    this.#frame = frame;
  }

  #begin(pauseNs: number): void {
    this.#pauseNs = pauseNs;
    this.#firstPauseNs = pauseNs;
    this.#doublings = 0;
    this.#current = null;
  }

  #double(pauseNs: number, frame: number, replies: number): void {
    this.#doublings++;
    this.#pauseNs = pauseNs;
    if (this.#frames.length < MAX_FRAMES) this.#frames.push(frame);
    if (this.#doublings < MIN_DOUBLINGS) return;
    if (this.#current === null) {
      if (this.list.length >= MAX_STALLS) return;
      const messageBytes = this.#largest;
      const frames = this.#frames;
      this.#current = {
        messageBytes,
        messages: 0,
        firstPauseNs: this.#firstPauseNs,
        lastPauseNs: 0,
        replies: 0,
        frames,
      };
      this.list.push(this.#current);
    }
    this.#current.messages = this.#doublings + 2;
    this.#current.lastPauseNs = pauseNs;
    this.#current.replies = replies - this.#repliesBefore;
  }
}
