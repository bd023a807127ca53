/**
 * What became of a message that keys were tried on, and who tries them.
 *
 * @module
 */
import { type Aead, type AeadKey, TAG_BYTES } from '../../../core/primitives.ts';

export const OPENING = {
  opened: 0,
  /** The capture does not have all of the message. */
  cut: 1,
  /** No handshake of its session is in the capture, and no transport key is known. */
  noHandshake: 2,
  /** None of the keys is of this tunnel's responder. */
  otherPeers: 3,
  /** The peers are known, but the ephemeral key of neither: static keys open no data (forward secrecy). */
  noEphemeral: 4,
  /** An ephemeral key is known, but not the static ones that go with it. */
  noStatic: 5,
  /** All other keys are right. */
  noPreshared: 6,
  /** The tag is wrong: damaged or forged. */
  notAuthentic: 7,
  /** It came before the first key that the capture has. */
  early: 8,
} as const;

export type Opening = (typeof OPENING)[keyof typeof OPENING];
export const OPENINGS = Object.keys(OPENING).length;

/** Why a message stayed closed, for a sentence that begins with how many. */
export const OPENING_WORDS: Record<Opening, string> = {
  [OPENING.opened]: 'opened',
  [OPENING.cut]: 'not captured whole (snap length, fragments)',
  [OPENING.noHandshake]: 'no key for this session (started before the capture)',
  [OPENING.otherPeers]: 'the keys are of other peers',
  [OPENING.noEphemeral]: 'the ephemeral key of its handshake is missing',
  [OPENING.noStatic]: 'no static private key of either end',
  [OPENING.noPreshared]: 'the preshared key is missing or another',
  [OPENING.notAuthentic]: 'authentication failed',
  [OPENING.early]: 'before the first key in the file; give it with --keys',
};

/** Octets that an opener may use before each plaintext. */
export const PLAINTEXT_HEADROOM = 64;
/** Messages that are opened of one datagram: more do not fit in 64 KiB. */
export const MAX_MESSAGES = 2048;
/** The plaintexts of one datagram, headroom included. */
export const PLAINTEXT_BYTES = 65_536 + MAX_MESSAGES * PLAINTEXT_HEADROOM;
/** Longest message: a UDP length has 16 bits. */
export const MAX_SEALED_BYTES = 65_536;

/** Opens the packets of data messages. `run` has a faster one than the one here. */
export interface MessageOpener {
  /** `PLAINTEXT_BYTES` for plaintexts. */
  readonly bytes: Uint8Array;
  /** Whether a message is opened in less time than it takes to hand its packet to another thread and back. */
  readonly isFast: boolean;
  /**
   * Opens `length` octets of `sealed` from `from` on, tag included, at most `MAX_SEALED_BYTES`, to `to` in
   * `bytes`. The 64 octets before that are lost.
   *
   * @param key - the same array each time for the same key
   * @returns false if the tag is wrong
   */
  open(
    key: Uint8Array,
    high: number,
    low: number,
    sealed: Uint8Array,
    from: number,
    length: number,
    to: number,
  ): boolean;
  /** Zeroes its copies of the keys that it was given. */
  forget(): void;
}

/** Keys that are kept ready. */
const MOST_READY_KEYS = 256;

/** An opener by the primitives that there always are. */
export class AeadOpener implements MessageOpener {
  readonly bytes = new Uint8Array(PLAINTEXT_BYTES);
  readonly isFast = false;
  readonly #aead: Aead;
  readonly #keys = new Map<Uint8Array, AeadKey>();

  constructor(aead: Aead) {
    this.#aead = aead;
  }

  open(
    key: Uint8Array,
    high: number,
    low: number,
    sealed: Uint8Array,
    from: number,
    length: number,
    to: number,
  ): boolean {
    let ready = this.#keys.get(key);
    if (ready === undefined) {
      if (this.#keys.size === MOST_READY_KEYS) this.forget();
      ready = this.#aead.key(key);
      this.#keys.set(key, ready);
    }
    const output = this.bytes.subarray(to, to + length - TAG_BYTES);
    return ready.open(high, low, sealed.subarray(from, from + length), output);
  }
  forget(): void {
    for (const ready of this.#keys.values()) ready.destroy();
    this.#keys.clear();
  }
}
