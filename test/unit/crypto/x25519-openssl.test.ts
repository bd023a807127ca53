import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dh, publicKeyOf } from '../../../src/crypto/x25519.ts';
import { opensslX25519 } from '../../../src/crypto/x25519-openssl.ts';
import { loadLibc } from '../../../src/native/libc.ts';
import { loadOpenssl } from '../../../src/native/openssl.ts';
import { hex } from '../../support/golden-handshakes.ts';

const libc = loadLibc();
const openssl = libc && loadOpenssl(libc);
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ways = Object.entries({ itself: openssl?.x25519, EVP: openssl?.evpX25519 }).flatMap(([name, calls]) =>
  libc && calls ? [{ name, libc, calls }] : [],
);

describe.each(ways)('X25519 of OpenSSL by $name', ({ libc, calls }) => {
  const x = opensslX25519(libc, calls);

  test('computes the keys and the secret of RFC 7748 §6.1', () => {
    const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    expect(x.publicKey(alice)).toEqual(hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'));
    const bob = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const shared = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
    expect(x.dh(alice, bob)).toEqual(shared);
  });

  test('agrees with node:crypto for any keys, also for keys that are not points of the curve', () => {
    fc.assert(
      fc.property(key, key, (privateKey, publicKey) => {
        expect(x.dh(privateKey, publicKey)).toEqual(dh(privateKey, publicKey));
        expect(x.publicKey(privateKey)).toEqual(publicKeyOf(privateKey));
      }),
      { numRuns: 50 },
    );
  });

  test('has no result for points of low order, and leaves no error in the error queue', () => {
    expect(x.dh(new Uint8Array(32).fill(3), new Uint8Array(32))).toBeNull();
    expect(x.dh(new Uint8Array(32).fill(3), Uint8Array.of(1, ...new Uint8Array(31)))).toBeNull();
    expect(randomBytes(8)).toHaveLength(8);
    expect(x.dh(new Uint8Array(32).fill(3), x.publicKey(new Uint8Array(32).fill(4)))).not.toBeNull();
  });

  test('leaves no key in memory', () => {
    const memories: Uint8Array[] = [];
    const watched = {
      ...libc,
      allocate: (bytes: number) => {
        const memory = libc.allocate(bytes);
        memories.push(memory.bytes);
        return memory;
      },
    };
    const own = opensslX25519(watched, calls);
    own.dh(new Uint8Array(32).fill(3), own.publicKey(new Uint8Array(32).fill(4)));
    expect(memories).toHaveLength(1);
    expect(memories[0]?.every((octet) => octet === 0)).toBe(true);
  });
});
