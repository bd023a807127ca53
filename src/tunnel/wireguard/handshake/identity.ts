/**
 * Static keys, and the keys for mac1 and cookies that are derived from them once.
 *
 * @module
 */
import type { Primitives } from '../../../core/primitives.ts';
import { clampPrivateKey } from '../../keys.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Labels of whitepaper §5.4. */
const LABEL_MAC1 = ascii('mac1----');
const LABEL_COOKIE = ascii('cookie--');

/** A public key and the keys derived from it, which are not secret to those who know the public key. */
export interface PublicIdentity {
  readonly publicKey: Uint8Array;
  readonly mac1Key: Uint8Array;
  readonly cookieKey: Uint8Array;
}

/** The static keys of this device. */
export interface LocalIdentity extends PublicIdentity {
  /** Clamped (RFC 7748 §5). */
  readonly privateKey: Uint8Array;
}

/** Derives the keys for mac1 and cookies of a public key. */
export function publicIdentity(p: Primitives, publicKey: Uint8Array): PublicIdentity {
  return { publicKey, mac1Key: p.hash(LABEL_MAC1, publicKey), cookieKey: p.hash(LABEL_COOKIE, publicKey) };
}

/** Derives all keys of a private key, which is copied. */
export function localIdentity(p: Primitives, privateKey: Uint8Array): LocalIdentity {
  const clamped = clampPrivateKey(privateKey);
  return { privateKey: clamped, ...publicIdentity(p, p.publicKey(clamped)) };
}
