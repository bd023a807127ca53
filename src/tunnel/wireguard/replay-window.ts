/**
 * Replay protection: a bitmap of the last 8192 counters (RFC 6479).
 *
 * The bitmap is a ring of 32-bit words. One word is always partly outdated, so the window has 8192 - 32
 * counters; the kernel and wireguard-go have 64-bit words and 8192 - 64. Counters are 64 bits in two halves.
 * Their differences are computed as numbers, which are exact up to 2^53; for larger ones only the sign matters.
 *
 * @module
 */
import { REJECT_AFTER_MESSAGES_HIGH, REJECT_AFTER_MESSAGES_LOW } from './constants.ts';

const RING_BITS = 8192;
const WORDS = RING_BITS / 32;
/** Counters up to this far below the greatest one are still accepted. */
export const REPLAY_WINDOW = RING_BITS - 32;

/** The counters received in one session. */
export class ReplayWindow {
  readonly #words = new Uint32Array(WORDS);
  #high = 0;
  #low = 0;
  #empty = true;

  /**
   * Marks a counter as received. Call it only for authentic messages.
   *
   * @returns false if the counter was received before, is older than the window, or is at REJECT_AFTER_MESSAGES
   */
  accept(high: number, low: number): boolean {
    if (high === REJECT_AFTER_MESSAGES_HIGH && low >= REJECT_AFTER_MESSAGES_LOW) return false;
    // Distance from the greatest counter so far. Beyond 2^53 it is not exact, but only its sign matters then.
    const ahead = this.#empty ? 1 : (high - this.#high) * 0x1_0000_0000 + (low - this.#low);
    if (ahead > 0) this.#advance(high, low, ahead);
    else if (-ahead > REPLAY_WINDOW) return false;
    const word = (low >>> 5) % WORDS;
    const bit = 1 << (low & 31);
    const before = this.#words[word] ?? 0;
    this.#words[word] = before | bit;
    return (before & bit) === 0;
  }

  /** Clears the words between the previous greatest counter and the new one. */
  #advance(high: number, low: number, ahead: number): void {
    const from = this.#low >>> 5;
    // The lower half may have wrapped around, which is 2^27 words.
    const steps = this.#empty
      ? WORDS
      : Math.min(WORDS, ahead > RING_BITS ? WORDS : ((low >>> 5) - from + 2 ** 27) % 2 ** 27);
    for (let i = 1; i <= steps; i++) this.#words[(from + i) % WORDS] = 0;
    this.#high = high;
    this.#low = low;
    this.#empty = false;
  }
}
