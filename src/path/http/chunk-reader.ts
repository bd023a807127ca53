/**
 * Reads a body in chunks, and counts its octets.
 *
 * ```text
 *   size in hexadecimal [; extension] CRLF · octets CRLF · … · 0 CRLF · trailer lines · empty line
 * ```
 *
 * @see RFC 9112 section 7.1
 * @module
 */

const LF = 0x0a;
const CR = 0x0d;
/** Octets of a line with a size, and of all trailer lines. */
const MOST_LINE_BYTES = 4096;
const MOST_TRAILER_BYTES = 65_536;
const SIZE = /^[ \t]*([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i;

/** The reader of one body. */
export class ChunkReader {
  #state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' | 'failed' = 'size';
  #line = '';
  #left = 0;
  #trailerBytes = 0;

  /** `done` after the last chunk and its trailer; `failed` if the octets are no chunks. */
  get state(): 'reading' | 'done' | 'failed' {
    return this.#state === 'done' || this.#state === 'failed' ? this.#state : 'reading';
  }

  /** Handles octets in their order. @returns octets of the body among them */
  push(bytes: Uint8Array): number {
    let body = 0;
    for (let at = 0; at < bytes.length && this.state === 'reading'; ) {
      if (this.#state === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        body += taken;
        at += taken;
        if (this.#left === 0) this.#state = 'data-end';
      } else this.#readOctet(bytes[at++] ?? 0);
    }
    return body;
  }

  #readOctet(octet: number): void {
    if (octet !== LF) {
      this.#line += String.fromCharCode(octet);
      if (this.#line.length > MOST_LINE_BYTES) this.#state = 'failed';
      return;
    }
    const line = this.#line.charCodeAt(this.#line.length - 1) === CR ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#endLine(line);
  }

  #endLine(line: string): void {
    if (this.#state === 'data-end') {
      this.#state = line === '' ? 'size' : 'failed';
    } else if (this.#state === 'size') {
      const size = SIZE.exec(line)?.[1];
      this.#left = size === undefined ? 0 : Number.parseInt(size, 16);
      this.#state = size === undefined ? 'failed' : this.#left === 0 ? 'trailer' : 'data';
    } else {
      this.#trailerBytes += line.length + 2;
      if (this.#trailerBytes > MOST_TRAILER_BYTES) this.#state = 'failed';
      else if (line === '') this.#state = 'done';
    }
  }
}
