/**
 * Frames of the control connection: a four-octet big-endian length, then that many octets of UTF-8 JSON.
 *
 * The length is checked against a limit before anything is kept, so a peer that announces 4 GiB
 * costs nothing.
 *
 * @module
 */
import { readU32be, writeU32be } from '../core/bytes.ts';

/** What a server takes from a client: requests are small. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** What a client takes from a server: results of 128 streams. */
export const MAX_RESPONSE_BYTES = 1024 * 1024;

const LENGTH_BYTES = 4;

export type FrameOutcome =
  | { readonly tag: 'message'; readonly value: unknown }
  | { readonly tag: 'error'; readonly reason: string };

/** Encodes one message. */
export function encodeControlFrame(message: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const out = new Uint8Array(LENGTH_BYTES + body.length);
  writeU32be(out, 0, body.length);
  out.set(body, LENGTH_BYTES);
  return out;
}

/** Push parser: `push` what arrived, then take `next` until it is `undefined`. After an error it stays silent. */
export class ControlFrameReader {
  readonly #limit: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
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
    if (this.#failed || this.#pending.length < LENGTH_BYTES) return undefined;
    const length = readU32be(this.#pending, 0);
    if (length > this.#limit) return this.#fail(`a frame of ${length} bytes exceeds the limit of ${this.#limit}`);
    if (this.#pending.length < LENGTH_BYTES + length) return undefined;
    const body = this.#pending.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
    this.#pending = this.#pending.slice(LENGTH_BYTES + length);
    try {
      return { tag: 'message', value: JSON.parse(this.#decoder.decode(body)) };
    } catch {
      // Not UTF-8 (TypeError) or not JSON (SyntaxError): the peer's fault either way.
      return this.#fail('a frame is not JSON');
    }
  }

  #fail(reason: string): FrameOutcome {
    this.#failed = true;
    this.#pending = new Uint8Array(0);
    return { tag: 'error', reason };
  }
}
