/**
 * The octets of a capture, and the error if they cannot be read to the end.
 *
 * @module
 */

/**
 * Chunks of one capture. Each is borrowed until the next is requested. Leaving the iteration early closes the file.
 */
export type CaptureChunks = AsyncGenerator<Uint8Array, void, undefined>;

/** A read error, or damaged gzip data. The octets before it are valid. */
export class InputFailure extends Error {
  override readonly name = 'InputFailure';
}
