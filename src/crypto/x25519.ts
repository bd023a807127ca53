/**
 * X25519 (RFC 7748) through node:crypto, with keys as plain octets.
 *
 * node:crypto needs key objects, so raw keys are wrapped in the DER of RFC 8410 with a fixed prefix.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from '../core/primitives.ts';

const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Returns the shared secret, or `null` if it is all zero: the public key has a low order (RFC 7748 §6.1). */
export function dh(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  try {
    const shared = diffieHellman({ privateKey: privateKeyObject(privateKey), publicKey: publicKeyObject(publicKey) });
    return new Uint8Array(shared);
  } catch {
    // ERR_OSSL_FAILED_DURING_DERIVATION: OpenSSL refuses an all-zero result.
    return null;
  }
}

/** Returns the public key for a private key of 32 octets. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKeyObject(privateKey)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(-KEY_BYTES));
}

function privateKeyObject(key: Uint8Array): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX, key]);
  const object = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return object;
}

function publicKeyObject(key: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' });
}
