/**
 * Keys of a session from a shared secret, by HKDF (RFC 5869) over HMAC-SHA-256.
 *
 * Every key is derived from the secret and the first two frames, which hold both ends' fresh nonces, the
 * protocol and the server's identity: a frame that is authentic proves that its sender knows the secret
 * and heard the same two frames. Each direction has a key of its own, so nothing can be turned around.
 *
 * What this does not do: nothing is encrypted, and the payload of streams is not authenticated.
 *
 * @module
 */
import { joined } from '../core/bytes.ts';
import { TOKEN_BYTES } from '../wire/preamble.ts';

/** HMAC-SHA-256 (RFC 2104); injected, since this room computes nothing secret by itself. */
export type Hmac = (key: Uint8Array, message: Uint8Array) => Uint8Array;

/** The two ends of a control connection. */
export type Role = 'client' | 'server';

/** Derives what both ends of one session share. */
export class SessionKeys {
  readonly #hmac: Hmac;
  readonly #pseudorandom: Uint8Array;
  readonly #transcript: Uint8Array;

  /** @param transcript - the frames `hello` and `challenge` as they crossed the wire */
  constructor(hmac: Hmac, secret: Uint8Array, transcript: readonly Uint8Array[]) {
    this.#hmac = hmac;
    // HKDF-Extract. The salt is fixed: one that the other end chooses would be no salt (RFC 5869, 3.4).
    this.#pseudorandom = hmac(ascii('winze/2'), secret);
    this.#transcript = joined(transcript);
  }

  /** Key of the frames that `role` sends. */
  keyOf(role: Role): Uint8Array {
    return this.#expand(`winze/2 ${role}`);
  }

  /** Token of the `serial`-th test of the session, 8 octets. */
  tokenOf(serial: number): Uint8Array {
    return this.#expand(`winze/2 token ${serial}`).slice(0, TOKEN_BYTES);
  }

  /**
   * HKDF-Expand, whose first block is all that is needed. A label has no octet 0 and the transcript begins
   * with one: no two inputs are the same.
   */
  #expand(label: string): Uint8Array {
    return this.#hmac(this.#pseudorandom, joined([ascii(label), this.#transcript, Uint8Array.of(1)]));
  }
}

/** Compares without telling by its time where the difference is. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
