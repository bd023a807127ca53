/**
 * Gives a parser contiguous octets of a stream that is received in chunks of any size.
 *
 * A chunk is read in place. Only data that extends over two chunks is copied, into a buffer that grows with the octets
 * received. A length field in the data cannot make it grow.
 *
 * @module
 */

const FIRST_CARRY_BYTES = 4096;
const NONE = new Uint8Array(0);

/** The part of a stream that a parser reads: `bytes` from `position` to `end`. */
export class ByteWindow {
  /** The buffer; octets from `position` to `end` can be read. */
  bytes: Uint8Array = NONE;
  position = 0;
  end = 0;
  /** Offset in the stream of `bytes[0]`. */
  #base = 0;
  /** A buffer for the rest of earlier chunks. It is in use only while `bytes` refers to it. */
  #carry: Uint8Array = NONE;
  /** The chunk after `bytes`, while `bytes` is the carry. */
  #next: Uint8Array | null = null;
  #nextStart = 0;

  /** Offset of `position` in the stream. */
  get offset(): number {
    return this.#base + this.position;
  }

  /** Octets that were pushed and not read yet. */
  get availableBytes(): number {
    return this.end - this.position + (this.#next === null ? 0 : this.#next.length - this.#nextStart);
  }

  /** Adds a chunk. It is borrowed until `need` or `skip` asks for more than is available. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#next !== null) {
      this.#append(this.#next.length - this.#nextStart);
    } else if (this.position === this.end) {
      this.#readInPlace(chunk, 0);
      return;
    }
    this.#keepRest();
    this.#next = chunk;
    this.#nextStart = 0;
  }

  /** Whether the next `count` octets are available, contiguous from `position`. */
  need(count: number): boolean {
    return this.end - this.position >= count || this.#gather(count);
  }

  /** Skips octets. Returns how many of them have not been received yet. */
  skip(count: number): number {
    let left = count;
    for (;;) {
      const here = Math.min(left, this.end - this.position);
      this.position += here;
      left -= here;
      if (left === 0 || this.#next === null) return left;
      this.#readInPlace(this.#next, this.#nextStart);
    }
  }

  /** Releases all buffers. */
  clear(): void {
    this.#base = this.offset;
    this.bytes = this.#carry = NONE;
    this.position = this.end = 0;
    this.#next = null;
  }

  #gather(count: number): boolean {
    if (this.#next !== null) {
      const missing = count - (this.end - this.position);
      if (this.position === this.end) {
        this.#readInPlace(this.#next, this.#nextStart);
        if (this.end - this.position >= count) return true;
      } else {
        this.#append(Math.min(missing, this.#next.length - this.#nextStart));
        if (this.end - this.position >= count) return true;
      }
    }
    this.#keepRest();
    return false;
  }

  /** Starts to read a chunk in place. */
  #readInPlace(chunk: Uint8Array, start: number): void {
    this.#base = this.offset - start;
    this.bytes = chunk;
    this.position = start;
    this.end = chunk.length;
    this.#next = null;
  }

  /** Copies the first `count` octets of the next chunk to the carry. */
  #append(count: number): void {
    const chunk = this.#next;
    if (chunk === null) return;
    this.#reserve(count);
    this.#carry.set(chunk.subarray(this.#nextStart, this.#nextStart + count), this.end);
    this.end += count;
    this.#nextStart += count;
    if (this.#nextStart === chunk.length) this.#next = null;
  }

  /** Copies the rest of a borrowed chunk to the carry. */
  #keepRest(): void {
    if (this.bytes !== this.#carry) this.#reserve(0);
  }

  /** Moves the unread octets to the front of the carry, with room for `extra` octets after them. */
  #reserve(extra: number): void {
    const kept = this.end - this.position;
    if (this.bytes === this.#carry && this.end + extra <= this.#carry.length) return;
    const target =
      kept + extra <= this.#carry.length
        ? this.#carry
        : new Uint8Array(Math.max(FIRST_CARRY_BYTES, 2 * this.#carry.length, kept + extra));
    target.set(this.bytes.subarray(this.position, this.end));
    this.#base = this.offset;
    this.#carry = this.bytes = target;
    this.position = 0;
    this.end = kept;
  }
}
