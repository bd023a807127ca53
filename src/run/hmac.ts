/**
 * HMAC-SHA-256 and random octets from node:crypto, passed to engines that may not import it.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Computes HMAC-SHA-256: 32 octets (RFC 2104, FIPS 180-4). */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}

/** Returns octets from the system's secure random generator. */
export function randomOctets(count: number): Uint8Array {
  return new Uint8Array(randomBytes(count));
}
