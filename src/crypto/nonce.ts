/**
 * WireGuard's nonce: four zero octets and the counter, little-endian (whitepaper §5.4.6).
 *
 * @module
 */

/** Makes the nonce of 12 octets from the two halves of a counter of 64 bits. */
export function nonceOf(counterHigh: number, counterLow: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, counterLow, true);
  view.setUint32(8, counterHigh, true);
  return nonce;
}
