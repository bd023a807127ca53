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

/** What a server takes from a client: requests are small. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** What a client takes from a server: results of 128 streams. */
export const MAX_RESPONSE_BYTES = 1024 * 1024;

export const TAG_BYTES = 16;
const HEADER_BYTES = 4;
const SEALED = 1;
const LENGTH_BITS = 24;

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
  readonly #limit: number;
  #pending = new Uint8Array(0);
  #failed = false;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Takes a chunk; it is copied. Holds at most one frame and one chunk. */
  push(chunk: Uint8Array): void {
    if (this.#failed) return;
    const joined = new Uint8Array(this.#pending.length + chunk.length);
    joined.set(this.#pending);
    joined.set(chunk, this.#pending.length);
    this.#pending = joined;
  }

  next(): FrameOutcome | undefined {
    if (this.#failed || this.#pending.length < HEADER_BYTES) return undefined;
    const header = readU32be(this.#pending, 0);
    const kind = Math.floor(header / 2 ** LENGTH_BITS);
    const length = header % 2 ** LENGTH_BITS;
    if (kind > SEALED) return this.#fail(`a frame of unknown kind ${kind}`);
    if (length > this.#limit) return this.#fail(`a frame of ${length} bytes exceeds the limit of ${this.#limit}`);
    const end = HEADER_BYTES + length;
    const whole = end + (kind === SEALED ? TAG_BYTES : 0);
    if (this.#pending.length < whole) return undefined;
    const taken = this.#pending;
    this.#pending = taken.slice(whole);
    const frame = {
      octets: taken.subarray(0, end),
      body: taken.subarray(HEADER_BYTES, end),
      tag: kind === SEALED ? taken.subarray(end, whole) : null,
    };
    return { tag: 'frame', frame };
  }

  #fail(reason: string): FrameOutcome {
    this.#failed = true;
    this.#pending = new Uint8Array(0);
    return { tag: 'error', reason };
  }
}
