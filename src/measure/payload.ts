/**
 * Payload that does not compress: a tunnel or a card that compresses must not look faster than it is.
 *
 * @module
 */

/** Fills `length` octets at `at` with a pseudo-random sequence (xorshift32, Marsaglia 2003). */
export function fillPayload(view: DataView, at: number, length: number, seed: number): void {
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    view.setUint8(at + i, state & 0xff);
  }
}
