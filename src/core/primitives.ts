/**
 * The cryptographic primitives that WireGuard is made of, as an interface.
 *
 * The room `crypto` implements it; the pure room `tunnel` gets it as an argument, so that a test can
 * run the whole protocol on another implementation.
 *
 * @module
 */

/** Octets of an X25519 key, a ChaCha20-Poly1305 key, and a BLAKE2s-256 digest. */
export const KEY_BYTES = 32;
/** Octets of a Poly1305 tag (RFC 8439 §2.5). */
export const TAG_BYTES = 16;

/** ChaCha20-Poly1305 (RFC 8439) with WireGuard's nonce: four zero octets, then the counter, little-endian. */
export interface Aead {
  /** As told to users: `openssl`, `node`, `noble`. */
  readonly name: string;
  /** Makes a key ready for use. Whoever made it destroys it. */
  readonly key: (key: Uint8Array) => AeadKey;
}

/**
 * One key. A counter is 64 bits in two halves, because a `number` is exact up to 2^53 only.
 * `input` and `output` may be the same memory when they begin at the same octet.
 */
export interface AeadKey {
  /** Writes `input.length` octets of ciphertext and then the tag to `output`. */
  seal(counterHigh: number, counterLow: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): void;
  /**
   * Writes `input.length - 16` octets of plaintext to `output`.
   *
   * @returns false if the tag is wrong: then `output` holds nothing to rely on
   */
  open(counterHigh: number, counterLow: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): boolean;
  /** Zeroes what this implementation can reach of the key. The key must not be used afterwards. */
  destroy(): void;
}

export interface Primitives {
  readonly aead: Aead;
  /** X25519 (RFC 7748 §5). `null` for an all-zero result, which a low-order public key gives. */
  readonly dh: (privateKey: Uint8Array, publicKey: Uint8Array) => Uint8Array | null;
  readonly publicKey: (privateKey: Uint8Array) => Uint8Array;
  /** BLAKE2s-256 of the concatenation (RFC 7693). */
  readonly hash: (...parts: readonly Uint8Array[]) => Uint8Array;
  /** HMAC-BLAKE2s-256 of the concatenation (RFC 2104). */
  readonly hmac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array;
  /** Keyed BLAKE2s with a digest of 16 octets (RFC 7693 §2.9), of the concatenation. */
  readonly mac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array;
  /** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a nonce of 24 octets; ciphertext and tag. */
  readonly xseal: (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) => Uint8Array;
  /** @returns `null` if the tag is wrong */
  readonly xopen: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) => Uint8Array | null;
}
