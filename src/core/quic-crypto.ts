/**
 * What the first packets of QUIC are protected with, as an interface: keys for all to see, so that it hides nothing
 * (RFC 9001 §5.2). The room `crypto` implements it.
 *
 * @module
 */

/** Octets of a key of AES-128, of a block, and of a tag of AES-GCM. */
export const AES_BYTES = 16;

export interface QuicCrypto {
  /** HMAC-SHA256 of the concatenation (RFC 2104): 32 octets. */
  readonly hmac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array;
  /** AES-128 of one block (FIPS 197). */
  readonly aesBlock: (key: Uint8Array, block: Uint8Array) => Uint8Array;
  /** AES-128-GCM (RFC 5116 §5.1) with a nonce of 12 octets, the tag behind. @returns `null` if the tag is wrong */
  readonly openGcm: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) => Uint8Array | null;
}
