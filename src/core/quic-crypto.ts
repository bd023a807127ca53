/**
 * The primitives that protect QUIC Initial packets, as an interface. Their keys are derived from the connection ID in
 * the packet, so anyone can remove this protection (RFC 9001 §5.2). The room `crypto` implements it.
 *
 * @module
 */

/** Size of an AES-128 key, of an AES block, and of an AES-GCM tag. */
export const AES_BYTES = 16;

/** The primitives needed to decrypt QUIC Initial packets. */
export interface QuicCrypto {
  /** HMAC-SHA256 of the concatenation (RFC 2104): 32 octets. */
  readonly hmac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array;
  /** Encrypts one block with AES-128 (FIPS 197), for header protection. */
  readonly aesBlock: (key: Uint8Array, block: Uint8Array) => Uint8Array;
  /** Decrypts AES-128-GCM (RFC 5116 §5.1): nonce of 12 octets, tag after the ciphertext. `null` if the tag is wrong. */
  readonly openGcm: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) => Uint8Array | null;
}
