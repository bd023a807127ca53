/**
 * Splits a TCP byte stream into messages of a fixed length.
 *
 * @module
 */

/** A push parser that keeps at most one incomplete message. */
export class MessageStream {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #filled = 0;

  constructor(messageBytes: number) {
    this.#bytes = new Uint8Array(messageBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Adds a chunk and passes each complete message to `take`. The view is valid only during the call. */
  push(chunk: Uint8Array, take: (view: DataView, at: number, length: number) => void): void {
    const size = this.#bytes.length;
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + size - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled < size) return;
      this.#filled = 0;
      take(this.#view, 0, size);
    }
  }
}
