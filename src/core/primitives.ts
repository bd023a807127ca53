/**
 * The cryptographic primitives that WireGuard uses, as an interface.
 *
 * The room `crypto` implements it. The pure room `tunnel` receives it as an argument, so that tests can
 * run the whole protocol with another implementation.
 *
 * @module
 */

/** Size of an X25519 key, of a ChaCha20-Poly1305 key, and of a BLAKE2s-256 digest. */
export const KEY_BYTES = 32;
/** Size of a Poly1305 tag (RFC 8439 §2.5). */
export const TAG_BYTES = 16;

/** ChaCha20-Poly1305 (RFC 8439) with WireGuard's nonce: four zero octets, then the counter, little-endian. */
export interface Aead {
  /** Name of the implementation as shown to users: `openssl`, `node`, `noble`. */
  readonly name: string;
  /** Prepares a key for use. The caller must `destroy` it. */
  readonly key: (key: Uint8Array) => AeadKey;
}

/**
 * One ChaCha20-Poly1305 key, ready for use. The 64-bit counter is passed in two halves, because a `number` is
 * exact only up to 2^53. `input` and `output` may be the same memory if they begin at the same octet.
 */
export interface AeadKey {
  /** Encrypts: writes `input.length` octets of ciphertext and then the tag to `output`. */
  seal(counterHigh: number, counterLow: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): void;
  /**
   * Decrypts: writes `input.length - 16` octets of plaintext to `output`.
   *
   * @returns false if the tag is wrong: the contents of `output` are then undefined
   */
  open(counterHigh: number, counterLow: number, input: Uint8Array, output: Uint8Array, aad?: Uint8Array): boolean;
  /** Zeroes the copies of the key that this implementation can reach. The key must not be used afterwards. */
  destroy(): void;
}

/** The primitives of the WireGuard paper (§5.4), from one implementation. */
export interface Primitives {
  readonly aead: Aead;
  /** X25519 (RFC 7748 §5). Returns `null` if the result is all zero, which happens with a low-order public key. */
  readonly dh: (privateKey: Uint8Array, publicKey: Uint8Array) => Uint8Array | null;
  /** X25519 public key of a private key. */
  readonly publicKey: (privateKey: Uint8Array) => Uint8Array;
  /** BLAKE2s-256 of the concatenation (RFC 7693). */
  readonly hash: (...parts: readonly Uint8Array[]) => Uint8Array;
  /** HMAC-BLAKE2s-256 of the concatenation (RFC 2104). */
  readonly hmac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array;
  /** Keyed BLAKE2s with a digest of 16 octets (RFC 7693 §2.9), of the concatenation. */
  readonly mac: (key: Uint8Array, ...parts: readonly Uint8Array[]) => Uint8Array;
  /** Encrypts with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), nonce of 24 octets; returns ciphertext and tag. */
  readonly xseal: (key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) => Uint8Array;
  /** Decrypts what `xseal` makes; returns `null` if the tag is wrong. */
  readonly xopen: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array) => Uint8Array | null;
}
