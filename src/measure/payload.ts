/**
 * Payload that does not compress: a tunnel or a card that compresses must not look faster than it is.
 *
 * @module
 */

/** Fills `length` octets at `at` with a pseudo-random sequence (xorshift32, Marsaglia 2003), little-endian. */
export function fillPayload(view: DataView, at: number, length: number, seed: number): void {
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  const end = at + length;
  for (let i = at; i < end; i += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (i + 4 <= end) view.setInt32(i, state, true);
    else for (let j = i; j < end; j++) view.setUint8(j, state >>> (8 * (j - i)));
  }
}
