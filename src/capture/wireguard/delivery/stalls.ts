/**
 * Messages of full size that come again and again, the pause doubling each time.
 *
 * So TCP sends what is not acknowledged (RFC 6298 §5.5). When the tunnel otherwise works, the reason is most often that
 * only packets of that size do not arrive.
 *
 * @module
 */

import type { Clock } from '../clock.ts';

export interface Stall {
  readonly messageBytes: number;
  messages: number;
  readonly firstPauseNs: number;
  lastPauseNs: number;
  replies: number;
  readonly frames: number[];
}

/** Smaller ones are no full size of any tunnel. */
const MIN_BYTES = 1000;
/** Linux waits 200 ms at least before it sends again. */
const MIN_PAUSE_NS = 180e6;
const MIN_FACTOR = 1.6;
const MAX_FACTOR = 2.6;
/** Doublings before it is one. */
const MIN_DOUBLINGS = 2;
const MAX_STALLS = 16;
const MAX_FRAMES = 16;

export class Stalls {
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

  /** Takes note of a data message. @param replies - data messages of the other direction so far */
  observe(messageBytes: number, frame: number, clock: Clock, replies: number): void {
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
