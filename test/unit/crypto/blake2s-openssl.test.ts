import { blake2s } from '@noble/hashes/blake2.js';
import { hmac } from '@noble/hashes/hmac.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opensslBlake2s } from '../../../src/crypto/blake2s-openssl.ts';
import { loadLibc } from '../../../src/native/libc.ts';
import { loadOpenssl } from '../../../src/native/openssl.ts';

const libc = loadLibc();
const calls = libc && loadOpenssl(libc).blake2s;
const octets = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
/** Around a block of 64 octets and the 1024 that are laid side by side. */
const parts = fc.array(
  fc.oneof(
    octets(70),
    fc.constantFrom(0, 63, 64, 65, 960, 1023, 1024, 1025, 3000).map((n) => new Uint8Array(n).fill(n)),
  ),
  {
    maxLength: 5,
  },
);
const join = (all: readonly Uint8Array[]): Uint8Array => Uint8Array.from(all.flatMap((part) => [...part]));

describe.skipIf(!libc || !calls)('BLAKE2s of OpenSSL', () => {
  if (!libc || !calls) return;
  const memories: Uint8Array[] = [];
  const allocate = (bytes: number) => {
    const memory = libc.allocate(bytes);
    memories.push(memory.bytes);
    return memory;
  };
  const own = opensslBlake2s({ ...libc, allocate }, calls);

  test('hash(), hmac() and mac() agree with noble, for any parts', () => {
    fc.assert(
      fc.property(parts, octets(32, 1), octets(100), (all, key, hmacKey) => {
        expect(own.hash(...all)).toEqual(blake2s(join(all)));
        expect(own.mac(key, ...all)).toEqual(blake2s(join(all), { key, dkLen: 16 }));
        expect(own.hmac(hmacKey, ...all)).toEqual(hmac(blake2s, hmacKey, join(all)));
      }),
    );
  });

  test('leaves no key and no message in memory', () => {
    own.mac(new Uint8Array(32).fill(0xee), new Uint8Array(2000).fill(0xee));
    own.hmac(new Uint8Array(32).fill(0xee), new Uint8Array(2000).fill(0xee));
    const [memory] = memories;
    // The first octets are the parameters.
    expect(memory?.subarray(32).every((octet) => octet === 0)).toBe(true);
  });
});
