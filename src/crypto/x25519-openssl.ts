/**
 * X25519 (RFC 7748) by OpenSSL's own function.
 *
 * node:crypto needs a key object for each key, which takes longer to make than the multiplication
 * does, and which nobody can zero. Here keys pass through memory that is zeroed after each call.
 *
 * @module
 */
import { KEY_BYTES, type Primitives } from '../core/primitives.ts';
import type { Libc } from '../native/libc.ts';
import type { X25519 } from '../native/openssl.ts';

const PRIVATE = 0;
const PUBLIC = KEY_BYTES;
const OUT = 2 * KEY_BYTES;

export function opensslX25519(libc: Libc, calls: X25519): Pick<Primitives, 'dh' | 'publicKey'> {
  const { address, bytes } = libc.allocate(3 * KEY_BYTES);
  /** Takes the result out, and leaves nothing behind. */
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
