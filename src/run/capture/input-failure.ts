/**
 * How the octets of a capture come, and how they break off.
 *
 * @module
 */

/** Chunks of one capture, each borrowed until the next is asked for. To leave the iteration early closes what was opened. */
export type CaptureChunks = AsyncGenerator<Uint8Array, void, undefined>;

/** The octets broke off. Those before are good. */
export class InputFailure extends Error {
  override readonly name = 'InputFailure';
}
