/**
 * Selects the primitives of this host: for ChaCha20-Poly1305 the fastest implementation that agrees with the others and
 * with RFC 8439; for X25519 and BLAKE2s those of OpenSSL if they agree with node:crypto.
 *
 * @module
 */
import { fromHex, toHex } from '../core/bytes.ts';
import { messageOf } from '../core/errors.ts';
import { type Aead, KEY_BYTES, type Primitives, TAG_BYTES } from '../core/primitives.ts';
import type { Instant } from '../core/time.ts';
import type { Libc } from '../native/libc.ts';
import { loadOpenssl, type Openssl } from '../native/openssl.ts';
import { nobleAead } from './aead-noble.ts';
import { nodeAead } from './aead-node.ts';
import { opensslAead } from './aead-openssl.ts';
import { opensslBlake2s } from './blake2s-openssl.ts';
import { createPrimitives } from './primitives.ts';
import { opensslX25519 } from './x25519-openssl.ts';

/** Result of the self-test of one implementation of ChaCha20-Poly1305. */
export interface AeadVerdict {
  readonly name: string;
  readonly usable: boolean;
  /** Why it is not usable; empty if it is usable. */
  readonly reason: string;
  /** Time to encrypt 1420 octets, the best of 30 runs; `null` if not usable. */
  readonly sealNs: number | null;
}

/** The implementation that was selected, and the results of all. */
export interface AeadChoice {
  readonly aead: Aead;
  readonly verdicts: readonly AeadVerdict[];
}

/** All primitives of this host, and the results of the self-tests. */
export interface HostPrimitives {
  readonly primitives: Primitives;
  readonly verdicts: readonly AeadVerdict[];
}

const LENGTHS = [0, 1, 15, 16, 17, 63, 64, 65, 511, 1420];
const TIMED_BYTES = 1420;
const TIMED_ROUNDS = 30;

/** RFC 8439 A.5. The tag covers the ciphertext, so comparing the tag is enough. */
const EXAMPLE = {
  key: fromHex('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0') ?? new Uint8Array(),
  counterHigh: 0x0807_0605,
  counterLow: 0x0403_0201,
  aad: fromHex('f33388860000000000004e91') ?? new Uint8Array(),
  text: new TextEncoder().encode(
    'Internet-Drafts are draft documents valid for a maximum of six months and may be updated, replaced, or ' +
      'obsoleted by other documents at any time. It is inappropriate to use Internet-Drafts as reference material ' +
      'or to cite them other than as /\u201cwork in progress./\u201d',
  ),
  tag: 'eead9d67890cbb22392336fea1851f38',
};

/**
 * Selects the fastest primitives of this host. Takes some milliseconds for the self-tests.
 *
 * @param libc - `null` where there is none: then only node:crypto and noble are compared
 */
export function hostPrimitives(libc: Libc | null, clock: () => Instant): HostPrimitives {
  const openssl = libc && loadOpenssl(libc);
  const native = libc && openssl ? opensslAead(libc, openssl.evp) : null;
  const { aead, verdicts } = selectAead([...(native ? [native] : []), nodeAead, nobleAead], clock);
  const portable = createPrimitives(aead);
  const faster = libc && openssl ? calledPrimitives(libc, openssl) : [];
  const agreeing = faster.filter((candidate) => agrees({ ...portable, ...candidate }, portable));
  return { primitives: createPrimitives(aead, Object.assign({}, ...agreeing)), verdicts };
}

/** The primitives of OpenSSL other than the AEAD. */
function calledPrimitives(libc: Libc, openssl: Openssl): readonly Partial<Primitives>[] {
  const x25519 = openssl.x25519 ?? openssl.evpX25519;
  const { blake2s } = openssl;
  return [...(x25519 ? [opensslX25519(libc, x25519)] : []), ...(blake2s ? [opensslBlake2s(libc, blake2s)] : [])];
}

/** Whether X25519 and BLAKE2s give the same results, for lengths around the block size. */
function agrees(candidate: Primitives, reference: Primitives): boolean {
  const results = ({ dh, publicKey, hash, hmac, mac }: Primitives): string =>
    [
      publicKey(pattern(KEY_BYTES, 5)),
      dh(pattern(KEY_BYTES, 5), publicKey(pattern(KEY_BYTES, 9))),
      // A public key of low order, and one above 2^255.
      dh(pattern(KEY_BYTES, 5), new Uint8Array(KEY_BYTES)),
      dh(pattern(KEY_BYTES, 5), new Uint8Array(KEY_BYTES).fill(0xff)),
      ...[0, 1, 63, 64, 65, 128, 148, 3000].flatMap((length) => {
        const text = pattern(length, 3);
        const key = pattern(KEY_BYTES, length);
        return [hash(text), hash(key, text), hmac(key, text), mac(key, text), mac(pattern(16, 3), text, key)];
      }),
    ]
      .map((octets) => (octets ? toHex(octets) : 'none'))
      .join();
  try {
    return results(candidate) === results(reference);
  } catch {
    // One of the internal functions has changed in this version of OpenSSL.
    return false;
  }
}

/**
 * Tests each implementation and selects the fastest that passed.
 *
 * @param candidates - the last one that passes the example of RFC 8439 is the reference for other lengths
 * @throws Error when none of them works
 */
export function selectAead(candidates: readonly Aead[], clock: () => Instant): AeadChoice {
  const exampleFlaws = candidates.map(flawInExample);
  const reference = candidates.findLast((_, i) => exampleFlaws[i] === '');
  const verdicts = candidates.map((aead, i): AeadVerdict => {
    const exampleFlaw = exampleFlaws[i] ?? '';
    const reason = reference && exampleFlaw === '' ? flawOf(aead, reference) : exampleFlaw;
    const sealNs = reason === '' ? sealTime(aead, clock) : null;
    return { name: aead.name, usable: reason === '', reason, sealNs };
  });
  const best = verdicts.reduce<AeadVerdict | null>(
    (least, next) => (next.sealNs !== null && next.sealNs < (least?.sealNs ?? Infinity) ? next : least),
    null,
  );
  const aead = candidates.find(({ name }) => name === best?.name);
  if (!aead) throw new Error('no implementation of ChaCha20-Poly1305 passed its self-test');
  return { aead, verdicts };
}

/** What is wrong with the result for the example of RFC 8439; an empty text if it is right. */
function flawInExample(aead: Aead): string {
  try {
    const { key, counterHigh, counterLow, aad, text, tag } = EXAMPLE;
    const sealed = new Uint8Array(text.length + TAG_BYTES);
    aead.key(key).seal(counterHigh, counterLow, text, sealed, aad);
    return toHex(sealed.subarray(text.length)) === tag ? '' : 'another tag for the example of RFC 8439';
  } catch (error) {
    return messageOf(error);
  }
}

/** What is wrong with an implementation; an empty text if it is right. */
function flawOf(aead: Aead, reference: Aead): string {
  try {
    for (const length of LENGTHS) {
      const flaw = flawAt(aead, reference, length);
      if (flaw !== '') return `${flaw} at ${length} octets`;
    }
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

function flawAt(aead: Aead, reference: Aead, length: number): string {
  const secret = pattern(32, length + 1);
  const text = pattern(length, 7);
  const aad = length % 2 === 0 ? pattern(32, 3) : undefined;
  const key = aead.key(secret);
  const sealed = new Uint8Array(length + TAG_BYTES);
  const expected = new Uint8Array(length + TAG_BYTES);
  // A counter above 32 bits detects a nonce with swapped halves.
  key.seal(0x0102_0304, 0xfffe_fdfc, text, sealed, aad);
  reference.key(secret).seal(0x0102_0304, 0xfffe_fdfc, text, expected, aad);
  if (toHex(sealed) !== toHex(expected)) return 'another ciphertext';
  const opened = new Uint8Array(length);
  if (!key.open(0x0102_0304, 0xfffe_fdfc, sealed, opened, aad)) return 'its own ciphertext refused';
  if (toHex(opened) !== toHex(text)) return 'another plaintext';
  sealed[sealed.length - 1] = (sealed[sealed.length - 1] ?? 0) ^ 1;
  return key.open(0x0102_0304, 0xfffe_fdfc, sealed, opened, aad) ? 'a wrong tag accepted' : '';
}

function sealTime(aead: Aead, clock: () => Instant): number {
  const key = aead.key(pattern(32, 1));
  const text = pattern(TIMED_BYTES, 2);
  const sealed = new Uint8Array(TIMED_BYTES + TAG_BYTES);
  let least = Infinity;
  for (let round = 0; round < TIMED_ROUNDS; round++) {
    const began = clock();
    key.seal(0, round, text, sealed);
    least = Math.min(least, clock() - began);
  }
  key.destroy();
  return least;
}

function pattern(length: number, factor: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * factor + length) & 0xff);
}
