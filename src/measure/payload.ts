/**
 * Payload that cannot be compressed, so that a tunnel or a link with compression does not appear faster than it is.
 *
 * @module
 */

/**
 * Fills `length` octets from `at` on with a pseudo-random sequence (xorshift32, Marsaglia 2003), in little-endian
 * order. The same seed gives the same octets.
 */
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
