/**
 * Ephemeral keys for the tunnels of one run.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { KEY_BYTES } from '../../core/primitives.ts';
import { publicKeyOf } from '../../crypto/x25519.ts';
import { clampPrivateKey } from '../../tunnel/keys.ts';

/** A WireGuard key pair, 32 octets each. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Generates a random key pair. */
export function newKeyPair(): KeyPair {
  const privateKey = clampPrivateKey(randomBytes(KEY_BYTES));
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}
