/**
 * Frames of the control connection.
 *
 * ```text
 *  0  kind (1)   0 plain, 1 sealed
 *  1  length (3, big-endian), of the body
 *  4  body, UTF-8 JSON
 *  .. tag (16), of a sealed frame
 * ```
 *
 * The length is checked against a limit before anything is kept, so a peer that announces 16 MiB
 * costs nothing. What the tag is made of is the session's concern.
 *
 * @module
 */
import { readU32be, writeU32be } from '../core/bytes.ts';

/** What a server takes from a client that it has not welcomed: requests are small. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** What it takes from one that it has: what 128 streams sent. */
export const MAX_REPORT_BYTES = 256 * 1024;
/** What a client takes from a server: results of 128 streams. */
export const MAX_RESPONSE_BYTES = 1024 * 1024;

export const TAG_BYTES = 16;
const HEADER_BYTES = 4;
const SEALED = 1;
const LENGTH_BITS = 24;
const NOTHING = new Uint8Array(0);

export interface ControlFrame {
  /** Header and body as they cross the wire: what a tag vouches for. */
  readonly octets: Uint8Array;
  readonly body: Uint8Array;
  /** `null` of a plain frame. */
  readonly tag: Uint8Array | null;
}

export type FrameOutcome =
  | { readonly tag: 'frame'; readonly frame: ControlFrame }
  | { readonly tag: 'error'; readonly reason: string };

/** Header and body of a frame; those of a sealed one are to be followed by its tag. */
export function encodeControlFrame(body: Uint8Array, sealed: boolean): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + body.length);
  writeU32be(out, 0, sealed ? body.length + 2 ** LENGTH_BITS * SEALED : body.length);
  out.set(body, HEADER_BYTES);
  return out;
}

/** Push parser: `push` what arrived, then take `next` until it is `undefined`. After an error it stays silent. */
export class ControlFrameReader {
  #limit: number;
  /** What is not read yet is in it from `#start` to `#end`; what was read stays as it was. */
  #buffer = NOTHING;
  #start = 0;
  #end = 0;
  #failed = false;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Takes longer frames from now on. */
  allow(limitBytes: number): void {
    this.#limit = limitBytes;
  }

  /** Takes a chunk; it is copied. Holds at most one frame and one chunk. */
  push(chunk: Uint8Array): void {
    if (this.#failed) return;
    const need = this.#end - this.#start + chunk.length;
    if (this.#end + chunk.length > this.#buffer.length) {
      // Twice the need, so that a frame in many small pieces is not copied for each; never more than the largest frame.
      const room = new Uint8Array(Math.max(need, Math.min(2 * need, HEADER_BYTES + this.#limit + TAG_BYTES)));
      room.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = room;
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  next(): FrameOutcome | undefined {
    const have = this.#end - this.#start;
    if (this.#failed || have < HEADER_BYTES) return undefined;
    const header = readU32be(this.#buffer, this.#start);
    const kind = Math.floor(header / 2 ** LENGTH_BITS);
    const length = header % 2 ** LENGTH_BITS;
    if (kind > SEALED) return this.#fail(`a frame of unknown kind ${kind}`);
    if (length > this.#limit) return this.#fail(`a frame of ${length} bytes exceeds the limit of ${this.#limit}`);
    const end = HEADER_BYTES + length;
    const whole = end + (kind === SEALED ? TAG_BYTES : 0);
    if (have < whole) return undefined;
    const taken = this.#buffer.subarray(this.#start, this.#start + whole);
    this.#start += whole;
    // A connection that says nothing keeps no memory.
    if (this.#start === this.#end) this.#clear();
    const frame = {
      octets: taken.subarray(0, end),
      body: taken.subarray(HEADER_BYTES, end),
      tag: kind === SEALED ? taken.subarray(end) : null,
    };
    return { tag: 'frame', frame };
  }

  #fail(reason: string): FrameOutcome {
    this.#failed = true;
    this.#clear();
    return { tag: 'error', reason };
  }

  #clear(): void {
    this.#buffer = NOTHING;
    this.#start = 0;
    this.#end = 0;
  }
}
