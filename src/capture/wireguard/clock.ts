/**
 * The time of the packet that is being looked at, and where the time of the capture makes a leap: a clock was set,
 * captures were put together, interfaces have clocks of their own.
 *
 * An object, because a number with a fraction of a second that goes from function to function is allocated anew each
 * time, and a field is not.
 *
 * @module
 */
import type { ClockJump } from '../documents/capture-report.ts';
import type { CaptureRecord } from '../record.ts';

/** Packets of several queues and interfaces stand a little out of order. */
export const MAX_BACK_NS = 1e9;
/** A silence so long may be one; a session that goes on over it had no key for that. */
const LONG_NS = 3600e9;
/** So long, it is told whoever is silent. */
export const VERY_LONG_NS = 86_400e9;
const MAX_LISTED = 16;
/** Interfaces whose times are told apart. */
const MAX_INTERFACES = 64;

export class Clock {
  /** Since the first packet with a time; NaN while a packet has none. */
  ns = Number.NaN;
  /** The latest so far; NaN before the first. */
  endNs = Number.NaN;
  /** Goes up with each leap: between two times of different eras nothing is known. */
  era = 0;
  readonly jumps: ClockJump[] = [];
  jumpsNotListed = 0;
  #hasOrigin = false;
  #originSeconds = 0;
  #originNs = 0;
  #lastNs = Number.NaN;
  #lastFrame = 0;
  #lastInterface = 0;
  /** Of interfaces but the last. */
  readonly #lastOf = new Float64Array(MAX_INTERFACES).fill(Number.NaN);
  /** The last long silence, while nobody has shown that it was none; `null` if there is none. */
  #silence: { readonly beforeNs: number; readonly jump: ClockJump } | null = null;

  set(record: CaptureRecord): void {
    const { seconds, nanoseconds, interfaceId } = record;
    if (seconds === null) {
      this.ns = Number.NaN;
      return;
    }
    if (!this.#hasOrigin) {
      this.#hasOrigin = true;
      this.#originSeconds = seconds;
      this.#originNs = nanoseconds;
    }
    this.ns = (seconds - this.#originSeconds) * 1e9 + (nanoseconds - this.#originNs);
    if (!(this.ns <= this.endNs)) this.endNs = this.ns;
    const leap = this.ns - this.#lastNs;
    if (leap < -MAX_BACK_NS || leap > LONG_NS) this.#leap(record, leap);
    if (interfaceId !== this.#lastInterface) {
      if (this.#lastInterface < MAX_INTERFACES) this.#lastOf[this.#lastInterface] = this.#lastNs;
      this.#lastInterface = interfaceId;
    }
    this.#lastNs = this.ns;
    this.#lastFrame = record.frame;
  }

  /** Whether there was a long silence, and nobody knows yet whether it was one. */
  get isInDoubt(): boolean {
    return this.#silence !== null;
  }

  /** Says that a session goes on whose last message was at `lastNs`: keys live for 180 s, so that was no silence. */
  goOn(lastNs: number): void {
    if (this.#silence === null || !(lastNs <= this.#silence.beforeNs)) return;
    this.#note(this.#silence.jump);
    this.#silence = null;
  }

  #leap({ frame, interfaceId }: CaptureRecord, leap: number): void {
    this.era++;
    this.#silence = null;
    const own = this.ns - (this.#lastOf[interfaceId] ?? Number.NaN);
    const isOther = interfaceId !== this.#lastInterface && own >= -MAX_BACK_NS && own <= LONG_NS;
    const jump: ClockJump = {
      frame,
      frame_before: this.#lastFrame,
      jump_ns: leap,
      between_interfaces: isOther ? [this.#lastInterface, interfaceId] : null,
    };
    if (leap < 0 || leap > VERY_LONG_NS || isOther) this.#note(jump);
    else this.#silence = { beforeNs: this.#lastNs, jump };
  }

  #note(jump: ClockJump): void {
    if (this.jumps.length < MAX_LISTED) this.jumps.push(jump);
    else this.jumpsNotListed++;
  }
}
