/**
 * Variable-length integers of QUIC (RFC 9000 §16): the two high bits of the first octet give the length, 1, 2, 4 or 8.
 *
 * @module
 */

/**
 * Reads consecutive integers. After an incomplete integer, all results are `NaN`.
 */
export class VarintReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** Offset of the next integer. */
  at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  /**
   * Reads an integer. Exact up to 2^53; larger values exceed any packet length, so their exact value does not matter.
   */
  next(): number {
    const first = this.#bytes[this.at] ?? 0;
    const count = 1 << (first >>> 6);
    if (this.at + count > this.#end) {
      this.at = this.#end;
      return Number.NaN;
    }
    let value = first & 0x3f;
    for (let i = 1; i < count; i++) value = value * 256 + (this.#bytes[this.at + i] ?? 0);
    this.at += count;
    return value;
  }
}
