/**
 * The time of the current packet, and the places where the time of a capture jumps: the clock was set, captures were
 * merged, or interfaces have different clocks.
 *
 * It is an object because V8 allocates a fractional number each time it is passed to a function, but not when it is
 * stored in a field.
 *
 * @module
 */
import type { ClockJump } from '../documents/capture-report.ts';
import type { CaptureRecord } from '../record.ts';
import { utcText } from '../utc-text.ts';

/** Time may go back by this much without a jump: packets of several queues and interfaces are slightly out of order. */
export const MAX_BACKWARD_NS = 1e9;
/** A longer pause may be real or a clock jump. It was a jump if a session goes on after it: keys expire after 180 s. */
const MAX_PAUSE_NS = 3600e9;
/** A longer pause is always reported as a jump. */
export const MIN_CERTAIN_JUMP_NS = 86_400e9;
const MAX_LISTED = 16;
/** Interfaces whose last times are remembered separately. */
const MAX_INTERFACES = 64;

/** The time of a capture, set packet by packet. Clock jumps are listed in `jumps`. */
export class CaptureClock {
  /** Time of the current packet, relative to the first packet with a time; NaN if the current one has none. */
  ns = Number.NaN;
  /** The latest time so far; NaN before the first. */
  endNs = Number.NaN;
  /** Incremented at each jump. Times of different epochs cannot be subtracted. */
  epoch = 0;
  readonly jumps: ClockJump[] = [];
  jumpsNotListed = 0;
  #hasOrigin = false;
  #originSeconds = 0;
  #originNs = 0;
  #lastNs = Number.NaN;
  #lastFrame = 0;
  #lastInterface = 0;
  /** Last time of each interface, except the interface of the last packet. */
  readonly #lastOf = new Float64Array(MAX_INTERFACES).fill(Number.NaN);
  /** The last long pause, as long as it may still turn out to be a clock jump; `null` if there is none. */
  #pause: { readonly beforeNs: number; readonly jump: ClockJump } | null = null;

  /** Makes `record` the current packet. */
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
    const jumpNs = this.ns - this.#lastNs;
    if (jumpNs < -MAX_BACKWARD_NS || jumpNs > MAX_PAUSE_NS) this.#addJump(record, jumpNs);
    if (interfaceId !== this.#lastInterface) {
      if (this.#lastInterface < MAX_INTERFACES) this.#lastOf[this.#lastInterface] = this.#lastNs;
      this.#lastInterface = interfaceId;
    }
    this.#lastNs = this.ns;
    this.#lastFrame = record.frame;
  }

  /** Time of day of the current packet: RFC 3339, in UTC; `null` if it has none. */
  utc(): string | null {
    if (Number.isNaN(this.ns)) return null;
    const ns = this.#originNs + this.ns;
    return utcText(this.#originSeconds + Math.floor(ns / 1e9), ((ns % 1e9) + 1e9) % 1e9);
  }

  /** Whether there was a long pause that may still turn out to be a clock jump. */
  get hasUndecidedPause(): boolean {
    return this.#pause !== null;
  }

  /**
   * Is told that a session goes on whose last message was at `lastNs`. If that was before the long pause, the pause was
   * a clock jump: keys are valid for 180 s (REJECT_AFTER_TIME, whitepaper §6.1).
   */
  noteContinuation(lastNs: number): void {
    if (this.#pause === null || !(lastNs <= this.#pause.beforeNs)) return;
    this.#list(this.#pause.jump);
    this.#pause = null;
  }

  #addJump({ frame, interfaceId }: CaptureRecord, jumpNs: number): void {
    this.epoch++;
    this.#pause = null;
    const own = this.ns - (this.#lastOf[interfaceId] ?? Number.NaN);
    const isOther = interfaceId !== this.#lastInterface && own >= -MAX_BACKWARD_NS && own <= MAX_PAUSE_NS;
    const jump: ClockJump = {
      frame,
      frame_before: this.#lastFrame,
      jump_ns: jumpNs,
      between_interfaces: isOther ? [this.#lastInterface, interfaceId] : null,
    };
    if (jumpNs < 0 || jumpNs > MIN_CERTAIN_JUMP_NS || isOther) this.#list(jump);
    else this.#pause = { beforeNs: this.#lastNs, jump };
  }

  #list(jump: ClockJump): void {
    if (this.jumps.length < MAX_LISTED) this.jumps.push(jump);
    else this.jumpsNotListed++;
  }
}
