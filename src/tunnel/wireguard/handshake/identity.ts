/**
 * Static keys with what is derived from them once: the keys for mac1 and cookies, and for a peer the
 * shared secret of both static keys.
 *
 * @module
 */
import type { Primitives } from '../../../core/primitives.ts';
import { clampPrivateKey } from '../../keys.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Labels of whitepaper §5.4. */
const LABEL_MAC1 = ascii('mac1----');
const LABEL_COOKIE = ascii('cookie--');

/** The keys that follow from a public one: whoever knows it can use them. */
export interface PublicIdentity {
  readonly publicKey: Uint8Array;
  readonly mac1Key: Uint8Array;
  readonly cookieKey: Uint8Array;
}

export interface LocalIdentity extends PublicIdentity {
  /** Clamped (RFC 7748 §5). */
  readonly privateKey: Uint8Array;
}

export function publicIdentity(p: Primitives, publicKey: Uint8Array): PublicIdentity {
  return { publicKey, mac1Key: p.hash(LABEL_MAC1, publicKey), cookieKey: p.hash(LABEL_COOKIE, publicKey) };
}

export function localIdentity(p: Primitives, privateKey: Uint8Array): LocalIdentity {
  const clamped = clampPrivateKey(privateKey);
  return { privateKey: clamped, ...publicIdentity(p, p.publicKey(clamped)) };
}
