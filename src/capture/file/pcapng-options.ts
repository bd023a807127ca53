/**
 * Reads the options of pcapng blocks: code, length, value padded to four octets, up to code 0 or the end of the block.
 *
 * @module
 */
import { readU16, readU32 } from '../../core/bytes.ts';
import type { Problem } from './capture-fault.ts';

/** Option code of a comment (opt_comment). Valid in every block. */
export const OPTION_COMMENT = 1;
const END_OF_OPTIONS = 0;
const HEAD_BYTES = 4;
/** Longer text is truncated, because a file may have very many options. */
const MAX_TEXT_BYTES = 4096;

/**
 * Iterates over options without allocating. One object is reused for all blocks: call `begin`, then `next` while it
 * returns true.
 */
export class OptionCursor {
  /** Code of the current option; `start` and `length` are the range of its value. */
  code = 0;
  start = 0;
  length = 0;
  /** Set if `next` returned false because an option extends beyond the block. */
  problem: Problem | null = null;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #bigEndian = false;
  readonly #decoder = new TextDecoder();

  /** Starts at the first option. @param bytes - borrowed until the next `begin` */
  begin(bytes: Uint8Array, start: number, end: number, bigEndian: boolean): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#bigEndian = bigEndian;
    this.problem = null;
  }

  /** Moves to the next option. @returns false at the end, or with a `problem` */
  next(): boolean {
    if (this.#end - this.#at < HEAD_BYTES) return false;
    this.code = readU16(this.#bytes, this.#at, this.#bigEndian);
    if (this.code === END_OF_OPTIONS) return false;
    this.length = readU16(this.#bytes, this.#at + 2, this.#bigEndian);
    this.start = this.#at + HEAD_BYTES;
    if (this.start + this.length > this.#end) {
      const left = this.#end - this.start;
      this.problem = {
        reason: 'bad-option',
        message: `option ${this.code} has ${this.length} octets, and its block only ${left} more`,
      };
      return false;
    }
    this.#at = this.start + ((this.length + 3) & ~3);
    return true;
  }

  /** The value as an unsigned integer of 8 bits; `null` if it is shorter. The other integer methods likewise. */
  u8(): number | null {
    return this.length < 1 ? null : (this.#bytes[this.start] ?? 0);
  }

  u32(): number | null {
    return this.length < 4 ? null : readU32(this.#bytes, this.start, this.#bigEndian);
  }

  /** Exact up to 2^53. */
  u64(): number | null {
    return this.length < 8 ? null : this.#half(true) * 0x1_0000_0000 + this.#half(false);
  }

  /** Exact from -2^53 to 2^53. */
  i64(): number | null {
    return this.length < 8 ? null : (this.#half(true) | 0) * 0x1_0000_0000 + this.#half(false);
  }

  /**
   * The value as UTF-8 text; invalid octets become U+FFFD. Some programs include a NUL at the end, which is removed.
   */
  text(from = 0): string {
    const end = Math.min(this.length, MAX_TEXT_BYTES);
    const text = this.#decoder.decode(this.#bytes.subarray(this.start + from, this.start + Math.max(from, end)));
    return text.replace(/\0+$/, '');
  }

  /** The high or low 32 bits of a 64-bit value. */
  #half(high: boolean): number {
    return readU32(this.#bytes, this.start + (high === this.#bigEndian ? 0 : 4), this.#bigEndian);
  }
}
