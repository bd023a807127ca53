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
 * A sealed frame is authenticated by its tag, and not encrypted; `session/control-channel` computes the tag.
 * The length is checked against a limit before anything is stored, so that a peer cannot occupy memory by
 * announcing a long frame.
 *
 * @module
 */
import { readU32be, writeU32be } from '../core/bytes.ts';

/** Limit of a body that a server accepts before it has admitted the client: requests are small. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** Limit of a body that a server accepts from an admitted client: the sender reports of 128 streams. */
export const MAX_REPORT_BYTES = 256 * 1024;
/** Limit of a body that a client accepts from a server: the results of 128 streams. */
export const MAX_RESPONSE_BYTES = 1024 * 1024;

/** Size of the tag of a sealed frame. */
export const FRAME_TAG_BYTES = 16;
const HEADER_BYTES = 4;
const SEALED = 1;
const LENGTH_BITS = 24;
const NOTHING = new Uint8Array(0);

/** One frame of the control connection, as `ControlFrameReader` returns it. */
export interface ControlFrame {
  /** Header and body as received: the octets that the tag authenticates. */
  readonly octets: Uint8Array;
  readonly body: Uint8Array;
  /** `null` for a plain frame. */
  readonly tag: Uint8Array | null;
}

/** A frame, or why the connection cannot be read any further. */
export type FrameOutcome =
  | { readonly tag: 'frame'; readonly frame: ControlFrame }
  | { readonly tag: 'error'; readonly reason: string };

/** Encodes header and body of a frame. The caller appends the tag of a sealed frame. */
export function encodeControlFrame(body: Uint8Array, sealed: boolean): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + body.length);
  writeU32be(out, 0, sealed ? body.length + 2 ** LENGTH_BITS * SEALED : body.length);
  out.set(body, HEADER_BYTES);
  return out;
}

/**
 * Push parser: `push` received octets, then call `next` until it returns `undefined`. After an error it returns
 * nothing.
 */
export class ControlFrameReader {
  #limit: number;
  /** Octets from `#start` to `#end` are not parsed yet. Octets of returned frames are not overwritten. */
  #buffer = NOTHING;
  #start = 0;
  #end = 0;
  #failed = false;

  /** @param limitBytes - greatest body; a longer one is an error */
  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Changes the limit of a body. */
  setLimit(limitBytes: number): void {
    this.#limit = limitBytes;
  }

  /** Adds received octets, which are copied. Stores at most one frame and one chunk. */
  push(chunk: Uint8Array): void {
    if (this.#failed) return;
    const need = this.#end - this.#start + chunk.length;
    if (this.#end + chunk.length > this.#buffer.length) {
      // Twice the need, so that a frame in many small chunks is not copied for each; at most the largest frame.
      const room = new Uint8Array(Math.max(need, Math.min(2 * need, HEADER_BYTES + this.#limit + FRAME_TAG_BYTES)));
      room.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = room;
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Returns the next complete frame, or an error; `undefined` if more octets are needed. */
  next(): FrameOutcome | undefined {
    const have = this.#end - this.#start;
    if (this.#failed || have < HEADER_BYTES) return undefined;
    const header = readU32be(this.#buffer, this.#start);
    const kind = Math.floor(header / 2 ** LENGTH_BITS);
    const length = header % 2 ** LENGTH_BITS;
    if (kind > SEALED) return this.#fail(`a frame of unknown kind ${kind}`);
    if (length > this.#limit) return this.#fail(`a frame of ${length} bytes exceeds the limit of ${this.#limit}`);
    const end = HEADER_BYTES + length;
    const whole = end + (kind === SEALED ? FRAME_TAG_BYTES : 0);
    if (have < whole) return undefined;
    const taken = this.#buffer.subarray(this.#start, this.#start + whole);
    this.#start += whole;
    // An idle connection keeps no buffer.
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
