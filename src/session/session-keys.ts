/**
 * Derives the keys of a session from a shared secret, with HKDF (RFC 5869) and HMAC-SHA-256.
 *
 * Every key is derived from the secret and the first two frames, which contain fresh nonces of both ends, the
 * protocol version and the server's identity. So an authentic frame proves that its sender knows the secret and
 * has the same two frames. Each direction has its own key, so that frames cannot be reflected.
 *
 * Nothing is encrypted, and the payload of streams is not authenticated.
 *
 * @module
 */
import { joined } from '../core/bytes.ts';
import { TOKEN_BYTES } from '../wire/preamble.ts';

/** HMAC-SHA-256 (RFC 2104). It is passed in, since pure rooms import no cryptography. */
export type Hmac = (key: Uint8Array, message: Uint8Array) => Uint8Array;

/** The two ends of a control connection. */
export type Role = 'client' | 'server';

/** Derives the keys and tokens of one session; both ends get the same ones. */
export class SessionKeys {
  readonly #hmac: Hmac;
  readonly #pseudorandom: Uint8Array;
  readonly #transcript: Uint8Array;

  /** @param transcript - the frames `hello` and `challenge` as sent, with their headers */
  constructor(hmac: Hmac, secret: Uint8Array, transcript: readonly Uint8Array[]) {
    this.#hmac = hmac;
    // HKDF-Extract. The salt is fixed, since a salt must not be chosen by the other end (RFC 5869, 3.4).
    this.#pseudorandom = hmac(ascii('winze/2'), secret);
    this.#transcript = joined(transcript);
  }

  /** Key of the frames that `role` sends. */
  keyOf(role: Role): Uint8Array {
    return this.#expand(`winze/2 ${role}`);
  }

  /** Token of the test with the number `serial` (from 0) in the session, 8 octets. */
  tokenOf(serial: number): Uint8Array {
    return this.#expand(`winze/2 token ${serial}`).slice(0, TOKEN_BYTES);
  }

  /**
   * HKDF-Expand; only the first block is needed. A label contains no zero octet and the transcript begins with one,
   * so the inputs for two labels always differ.
   */
  #expand(label: string): Uint8Array {
    return this.#hmac(this.#pseudorandom, joined([ascii(label), this.#transcript, Uint8Array.of(1)]));
  }
}

/** Compares in a time that does not depend on the contents. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
