/**
 * The part of a stream that a parser looks at: octets in one piece, wherever the chunks were cut.
 *
 * A chunk is read where it lies. Only what straddles two chunks is copied, into a buffer that grows as
 * the octets come, not as a length field claims.
 *
 * @module
 */

const FIRST_CARRY_BYTES = 4096;
const NONE = new Uint8Array(0);

export class Window {
  /** Octets from `position` to `end` are there. */
  bytes: Uint8Array = NONE;
  position = 0;
  end = 0;
  /** Offset in the stream of `bytes[0]`. */
  #base = 0;
  /** What is left of chunks that are gone. Either `bytes` is this buffer, or nothing in it counts. */
  #carry: Uint8Array = NONE;
  /** A chunk that waits behind `bytes`, which is then the carry. */
  #next: Uint8Array | null = null;
  #nextStart = 0;

  /** Offset in the stream of what comes next. */
  get offset(): number {
    return this.#base + this.position;
  }

  /** Octets that were pushed and not passed. */
  get availableBytes(): number {
    return this.end - this.position + (this.#next === null ? 0 : this.#next.length - this.#nextStart);
  }

  /** Takes a chunk. It is borrowed until `need` or `skip` asks for more than there is. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#next !== null) {
      this.#append(this.#next.length - this.#nextStart);
    } else if (this.position === this.end) {
      this.#look(chunk, 0);
      return;
    }
    this.#hold();
    this.#next = chunk;
    this.#nextStart = 0;
  }

  /** Whether the next `count` octets are there, in one piece from `position`. */
  need(count: number): boolean {
    return this.end - this.position >= count || this.#gather(count);
  }

  /** Passes over octets. Returns how many of them are still to come. */
  skip(count: number): number {
    let left = count;
    for (;;) {
      const here = Math.min(left, this.end - this.position);
      this.position += here;
      left -= here;
      if (left === 0 || this.#next === null) return left;
      this.#look(this.#next, this.#nextStart);
    }
  }

  /** Lets go of everything. */
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
        this.#look(this.#next, this.#nextStart);
        if (this.end - this.position >= count) return true;
      } else {
        this.#append(Math.min(missing, this.#next.length - this.#nextStart));
        if (this.end - this.position >= count) return true;
      }
    }
    this.#hold();
    return false;
  }

  /** Looks at a chunk where it lies. */
  #look(chunk: Uint8Array, start: number): void {
    this.#base = this.offset - start;
    this.bytes = chunk;
    this.position = start;
    this.end = chunk.length;
    this.#next = null;
  }

  /** Copies the beginning of the chunk that waits behind the carry. */
  #append(count: number): void {
    const chunk = this.#next;
    if (chunk === null) return;
    this.#reserve(count);
    this.#carry.set(chunk.subarray(this.#nextStart, this.#nextStart + count), this.end);
    this.end += count;
    this.#nextStart += count;
    if (this.#nextStart === chunk.length) this.#next = null;
  }

  /** Copies what is left of a borrowed chunk. */
  #hold(): void {
    if (this.bytes !== this.#carry) this.#reserve(0);
  }

  /** Moves what is looked at to the front of the carry, with room for `extra` octets behind it. */
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
