/**
 * BLAKE2s (RFC 7693), plain, keyed and as HMAC (RFC 2104), with OpenSSL's internal functions.
 *
 * A handshake computes about thirty of these over less than 150 octets each. The number of calls matters most, so the
 * parts of a message are concatenated first.
 *
 * @module
 */
import type { Primitives } from '../core/primitives.ts';
import type { Libc } from '../native/libc.ts';
import { BLAKE2S_CONTEXT_BYTES, type Blake2s } from '../native/openssl.ts';

const HASH_BYTES = 32;
const MAC_BYTES = 16;
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** Offsets in memory. */
const PARAMETERS = 0;
const KEY = 32;
const OUT = KEY + BLOCK_BYTES;
const CONTEXT = 128;
const TEXT = CONTEXT + BLAKE2S_CONTEXT_BYTES;
const TEXT_BYTES = 1024;

/** Creates the three functions, with memory of their own. Keys and messages are zeroed there after each call. */
export function opensslBlake2s(libc: Libc, calls: Blake2s): Pick<Primitives, 'hash' | 'hmac' | 'mac'> {
  const { address, bytes } = libc.allocate(TEXT + TEXT_BYTES);
  const context = address + CONTEXT;

  const begin = (digestBytes: number, key: Uint8Array | null): void => {
    // Length of digest and key, fanout and depth; all other parameters are zero (RFC 7693 §2.8).
    bytes.set([digestBytes, key?.length ?? 0, 1, 1], PARAMETERS);
    if (!key) return void calls.init(context, address + PARAMETERS);
    bytes.set(key, KEY);
    calls.initKey(context, address + PARAMETERS, address + KEY);
    bytes.fill(0, KEY, KEY + key.length);
  };

  /** Hashes the `held` octets that are at `TEXT` already, and the parts after them. */
  const update = (parts: readonly Uint8Array[], held: number): void => {
    let end = held;
    let used = held;
    for (const part of parts) {
      for (let at = 0; at < part.length; ) {
        if (end === TEXT_BYTES) {
          calls.update(context, address + TEXT, end);
          end = 0;
        }
        const taken = Math.min(part.length - at, TEXT_BYTES - end);
        bytes.set(taken === part.length ? part : part.subarray(at, at + taken), TEXT + end);
        at += taken;
        end += taken;
        used = Math.max(used, end);
      }
    }
    calls.update(context, address + TEXT, end);
    bytes.fill(0, TEXT, TEXT + used);
  };

  const end = (digestBytes: number): Uint8Array => {
    calls.final(address + OUT, context);
    const digest = bytes.slice(OUT, OUT + digestBytes);
    bytes.fill(0, OUT, CONTEXT + BLAKE2S_CONTEXT_BYTES);
    return digest;
  };

  const hash = (...parts: readonly Uint8Array[]): Uint8Array => {
    begin(HASH_BYTES, null);
    update(parts, 0);
    return end(HASH_BYTES);
  };

  /** The hash of a block, the key padded with `pad`, and the parts. */
  const paddedHash = (key: Uint8Array, pad: number, parts: readonly Uint8Array[]): Uint8Array => {
    begin(HASH_BYTES, null);
    for (let i = 0; i < BLOCK_BYTES; i++) bytes[TEXT + i] = (key[i] ?? 0) ^ pad;
    update(parts, BLOCK_BYTES);
    return end(HASH_BYTES);
  };

  return {
    hash,
    hmac: (key, ...parts) => {
      const short = key.length > BLOCK_BYTES ? hash(key) : key;
      return paddedHash(short, OUTER_PAD, [paddedHash(short, INNER_PAD, parts)]);
    },
    mac: (key, ...parts) => {
      begin(MAC_BYTES, key);
      update(parts, 0);
      return end(MAC_BYTES);
    },
  };
}
