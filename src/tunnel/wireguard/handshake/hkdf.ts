/**
 * Key derivation of Noise: HKDF (RFC 5869) with HMAC-BLAKE2s (whitepaper §5.4, KDF1 to KDF3).
 *
 * @module
 */
import type { Primitives } from '../../../core/primitives.ts';

const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);
const THREE = Uint8Array.of(3);

/** KDF1: one key of 32 octets from a chaining key and an input. */
export function kdf1(p: Primitives, key: Uint8Array, input: Uint8Array): Uint8Array {
  const secret = p.hmac(key, input);
  const first = p.hmac(secret, ONE);
  secret.fill(0);
  return first;
}

/** KDF2: two keys of 32 octets. */
export function kdf2(p: Primitives, key: Uint8Array, input: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const secret = p.hmac(key, input);
  const first = p.hmac(secret, ONE);
  const second = p.hmac(secret, first, TWO);
  secret.fill(0);
  return [first, second];
}

/** KDF3: three keys of 32 octets. */
export function kdf3(p: Primitives, key: Uint8Array, input: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const secret = p.hmac(key, input);
  const first = p.hmac(secret, ONE);
  const second = p.hmac(secret, first, TWO);
  const third = p.hmac(secret, second, THREE);
  secret.fill(0);
  return [first, second, third];
}
