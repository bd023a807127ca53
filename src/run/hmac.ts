/**
 * HMAC-SHA-256 and random octets of Node, for the rooms that must not know Node.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}

export function randomOctets(count: number): Uint8Array {
  return new Uint8Array(randomBytes(count));
}
