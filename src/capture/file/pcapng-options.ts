/**
 * Options of pcapng blocks: code, length, value, padded to four octets, until code 0 or the block's end.
 *
 * @module
 */
import { readU16, readU32 } from '../../core/bytes.ts';
import type { Problem } from './capture-fault.ts';

export const OPTION_COMMENT = 1;
const END_OF_OPTIONS = 0;
const HEAD_BYTES = 4;
/** A text longer than this is cut: nobody reads it, and files may have many. */
const MAX_TEXT_BYTES = 4096;

/** Walks over options without making anything. One is enough for a file: `begin`, then `next` while it is true. */
export class OptionCursor {
  code = 0;
  start = 0;
  length = 0;
  /** Set when `next` returned false because an option reaches beyond the block. */
  problem: Problem | null = null;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #bigEndian = false;
  readonly #decoder = new TextDecoder();

  /** @param bytes - borrowed until the next `begin`. */
  begin(bytes: Uint8Array, start: number, end: number, bigEndian: boolean): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#bigEndian = bigEndian;
    this.problem = null;
  }

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
        words: `option ${this.code} has ${this.length} octets, and its block only ${left} more`,
      };
      return false;
    }
    this.#at = this.start + ((this.length + 3) & ~3);
    return true;
  }

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

  /** UTF-8; what is none shows as U+FFFD. Some writers count a NUL at the end. */
  text(from = 0): string {
    const end = Math.min(this.length, MAX_TEXT_BYTES);
    const text = this.#decoder.decode(this.#bytes.subarray(this.start + from, this.start + Math.max(from, end)));
    return text.replace(/\0+$/, '');
  }

  /** The high or the low half of eight octets. */
  #half(high: boolean): number {
    return readU32(this.#bytes, this.start + (high === this.#bigEndian ? 0 : 4), this.#bigEndian);
  }
}
