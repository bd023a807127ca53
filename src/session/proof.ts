/**
 * Mutual challenge-response over a shared secret.
 *
 * Each end proves that it knows the secret by an HMAC over its role and both nonces. A recorded
 * proof is worthless later, because the other end's nonce is fresh; a proof cannot be reflected,
 * because the role is part of it. The token of a test's streams is derived the same way and never
 * crosses the control connection, which binds its datagrams to the session.
 *
 * What this does not do: the control connection and the payload are neither encrypted nor
 * authenticated message by message. It keeps strangers from using a server, not an eavesdropper
 * from reading results.
 *
 * @module
 */
import { TOKEN_BYTES } from '../wire/preamble.ts';

/** HMAC-SHA-256 (RFC 2104); injected, since this room computes nothing secret by itself. */
export type Hmac = (key: Uint8Array, message: Uint8Array) => Uint8Array;

/** Both nonces of a session as they crossed the wire, in hexadecimal. */
export interface Nonces {
  readonly client: string;
  readonly server: string;
}

export function proofOf(role: 'client' | 'server', hmac: Hmac, secret: Uint8Array, nonces: Nonces): Uint8Array {
  return hmac(secret, labelled(`winze/1 ${role}`, nonces, ''));
}

/** Token of the `serial`-th test of a session, 8 octets. */
export function tokenOf(hmac: Hmac, secret: Uint8Array, nonces: Nonces, serial: number): Uint8Array {
  return hmac(secret, labelled('winze/1 token', nonces, String(serial))).slice(0, TOKEN_BYTES);
}

/** Compares without telling by its time where the difference is. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function labelled(label: string, nonces: Nonces, extra: string): Uint8Array {
  // Fields of fixed alphabet joined by a character outside it: no two inputs give the same octets.
  return new TextEncoder().encode([label, nonces.client, nonces.server, extra].join('|'));
}
