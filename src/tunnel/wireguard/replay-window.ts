/**
 * Which counters were seen: a bitmap of the last 8192 (RFC 6479).
 *
 * The bitmap is a ring of words of 32 bits, so one word is always on its way out and the window is
 * 8192 - 32 wide; the kernel and wireguard-go have words of 64, and 8192 - 64. Counters are 64 bits in
 * two halves; positions are counters modulo 2^53, which is enough because only differences are used and
 * the upper bits are compared first.
 *
 * @module
 */
import { REJECT_AFTER_MESSAGES_HIGH, REJECT_AFTER_MESSAGES_LOW } from './constants.ts';

const RING_BITS = 8192;
const WORDS = RING_BITS / 32;
export const REPLAY_WINDOW = RING_BITS - 32;

export class ReplayWindow {
  readonly #words = new Uint32Array(WORDS);
  #high = 0;
  #low = 0;
  #empty = true;

  /**
   * Marks a counter as seen. To be called with counters of authentic packets only.
   *
   * @returns false for one that was seen, is too old to tell, or is at REJECT_AFTER_MESSAGES
   */
  accept(high: number, low: number): boolean {
    if (high === REJECT_AFTER_MESSAGES_HIGH && low >= REJECT_AFTER_MESSAGES_LOW) return false;
    // How far ahead of the greatest so far; exact where it matters, huge where only its sign does.
    const ahead = this.#empty ? 1 : (high - this.#high) * 0x1_0000_0000 + (low - this.#low);
    if (ahead > 0) this.#advance(high, low, ahead);
    else if (-ahead > REPLAY_WINDOW) return false;
    const word = (low >>> 5) % WORDS;
    const bit = 1 << (low & 31);
    const before = this.#words[word] ?? 0;
    this.#words[word] = before | bit;
    return (before & bit) === 0;
  }

  /** Clears the words between the last greatest counter and the new one. */
  #advance(high: number, low: number, ahead: number): void {
    const from = this.#low >>> 5;
    // Words of a lower half that ran over lie 2^27 further on.
    const steps = this.#empty
      ? WORDS
      : Math.min(WORDS, ahead > RING_BITS ? WORDS : ((low >>> 5) - from + 2 ** 27) % 2 ** 27);
    for (let i = 1; i <= steps; i++) this.#words[(from + i) % WORDS] = 0;
    this.#high = high;
    this.#low = low;
    this.#empty = false;
  }
}
