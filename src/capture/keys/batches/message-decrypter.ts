/**
 * The result of trying keys on a message, and the interface of what tries them.
 *
 * @module
 */
import { type Aead, type AeadKey, TAG_BYTES } from '../../../core/primitives.ts';

/** Whether a message was decrypted, and if not, why. */
export const DECRYPT_RESULT = {
  /** It was decrypted. */
  decrypted: 0,
  /** The message was not captured in full. */
  cut: 1,
  /** The handshake of its session is not in the capture, and no transport key is known. */
  noHandshake: 2,
  /** None of the static keys belongs to the responder of this tunnel. */
  otherPeers: 3,
  /** The peers are known, but the ephemeral key of neither. Static keys alone decrypt no data (forward secrecy). */
  noEphemeral: 4,
  /** An ephemeral key is known, but not the static keys that are needed with it. */
  noStatic: 5,
  /** All keys are known except the preshared key. */
  noPreshared: 6,
  /** The authentication tag is wrong: the message is damaged or forged. */
  notAuthentic: 7,
  /** It was captured before the first key was known. */
  early: 8,
} as const;

/** One of the results in `DECRYPT_RESULT`. */
export type DecryptResult = (typeof DECRYPT_RESULT)[keyof typeof DECRYPT_RESULT];
/** Number of different results. */
export const DECRYPT_RESULTS = Object.keys(DECRYPT_RESULT).length;

/** The results in words, for a line that begins with a number of messages. */
export const DECRYPT_RESULT_TEXT: Record<DecryptResult, string> = {
  [DECRYPT_RESULT.decrypted]: 'decrypted',
  [DECRYPT_RESULT.cut]: 'not captured whole (snap length, fragments)',
  [DECRYPT_RESULT.noHandshake]: 'no key for this session, begun before the capture',
  [DECRYPT_RESULT.otherPeers]: 'the keys are of other peers',
  [DECRYPT_RESULT.noEphemeral]: 'the ephemeral key of its handshake is missing',
  [DECRYPT_RESULT.noStatic]: 'no static private key of either end',
  [DECRYPT_RESULT.noPreshared]: 'the preshared key is missing or another',
  [DECRYPT_RESULT.notAuthentic]: 'authentication failed',
  [DECRYPT_RESULT.early]: 'before the first key in the file; use --keys',
};

/** Octets before each plaintext that a decrypter may overwrite. */
export const PLAINTEXT_HEADROOM = 64;
/** The most messages of one datagram: of 32 octets, no more fit in 64 KiB. */
export const MAX_MESSAGES = 2048;
/** Octets for the plaintexts of one datagram, headroom included. */
export const PLAINTEXT_BYTES = 65_536 + MAX_MESSAGES * PLAINTEXT_HEADROOM;
/** Longest message: the length field of UDP has 16 bits. */
export const MAX_MESSAGE_BYTES = 65_536;

/** Decrypts the packets in data messages. `run/capture` has a faster implementation than `AeadDecrypter`. */
export interface MessageDecrypter {
  /** Memory for plaintexts, of `PLAINTEXT_BYTES` octets. */
  readonly bytes: Uint8Array;
  /** Whether decrypting a message takes less time than passing its packet to another thread and back. */
  readonly isFast: boolean;
  /**
   * Decrypts a message with ChaCha20-Poly1305 (whitepaper §5.4.6). The 64 octets before `to` are overwritten.
   *
   * @param key - 32 octets; always the same array for the same key
   * @param high - upper 32 bits of the counter
   * @param low - lower 32 bits of the counter
   * @param encrypted - the encrypted packet, tag included, of at most `MAX_MESSAGE_BYTES` octets
   * @param to - offset in `bytes` for the plaintext
   * @returns false if the tag is wrong
   */
  decrypt(key: Uint8Array, high: number, low: number, encrypted: Uint8Array, to: number): boolean;
  /** Zeroes its copies of keys. */
  forget(): void;
}

/** Keys that are kept prepared for use. */
const MAX_PREPARED_KEYS = 256;

/** A `MessageDecrypter` on top of the primitives, which are available everywhere. */
export class AeadDecrypter implements MessageDecrypter {
  readonly bytes = new Uint8Array(PLAINTEXT_BYTES);
  readonly isFast = false;
  readonly #aead: Aead;
  readonly #keys = new Map<Uint8Array, AeadKey>();

  constructor(aead: Aead) {
    this.#aead = aead;
  }

  decrypt(key: Uint8Array, high: number, low: number, encrypted: Uint8Array, to: number): boolean {
    let ready = this.#keys.get(key);
    if (ready === undefined) {
      if (this.#keys.size === MAX_PREPARED_KEYS) this.forget();
      ready = this.#aead.key(key);
      this.#keys.set(key, ready);
    }
    return ready.open(high, low, encrypted, this.bytes.subarray(to, to + encrypted.length - TAG_BYTES));
  }

  forget(): void {
    for (const ready of this.#keys.values()) ready.destroy();
    this.#keys.clear();
  }
}
