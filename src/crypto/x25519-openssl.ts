/**
 * X25519 (RFC 7748) with OpenSSL's internal function.
 *
 * node:crypto needs a key object for each key. Creating it takes longer than the multiplication, and it cannot be
 * zeroed. Here keys are copied through memory that is zeroed after each call.
 *
 * @module
 */
import { KEY_BYTES, type Primitives } from '../core/primitives.ts';
import type { Libc } from '../native/libc.ts';
import type { X25519 } from '../native/openssl.ts';

const PRIVATE = 0;
const PUBLIC = KEY_BYTES;
const OUT = 2 * KEY_BYTES;

/** Creates the two functions. `dh` returns `null` if the result is all zero (RFC 7748 §6.1). */
export function opensslX25519(libc: Libc, calls: X25519): Pick<Primitives, 'dh' | 'publicKey'> {
  const { address, bytes } = libc.allocate(3 * KEY_BYTES);
  /** Copies the result and zeroes the memory. */
  const take = (): Uint8Array => {
    const out = bytes.slice(OUT, OUT + KEY_BYTES);
    bytes.fill(0);
    return out;
  };
  return {
    dh: (privateKey, publicKey) => {
      bytes.set(privateKey, PRIVATE);
      bytes.set(publicKey, PUBLIC);
      const hasResult = calls.dh(address + OUT, address + PRIVATE, address + PUBLIC) !== 0;
      const shared = take();
      return hasResult ? shared : null;
    },
    publicKey: (privateKey) => {
      bytes.set(privateKey, PRIVATE);
      calls.publicKey(address + OUT, address + PRIVATE);
      return take();
    },
  };
}
