/**
 * OpenSSL as it is linked into Node, called with pointers.
 *
 * Node exports OpenSSL's symbols for its add-ons. Two sets serve ChaCha20-Poly1305: the public EVP interface, and below
 * it the primitives, which exist only where OpenSSL is linked statically. X25519 and BLAKE2s are called as primitives
 * too: through the objects of node:crypto they take three to ten times as long.
 *
 * @module
 */
import { createRequire } from 'node:module';
import type { Libc } from './libc.ts';

type Call = (...args: number[]) => number;

/** The primitives. Counters are 16 octets: block number and nonce, each little-endian (RFC 8439 §2.3). */
export interface ChachaPoly {
  /** `(out, in, length, key32, counter16)` */
  readonly chacha20: Call;
  readonly polyInit: Call;
  readonly polyUpdate: Call;
  readonly polyFinal: Call;
  readonly polyContextBytes: number;
}

/** The public calls (EVP), on a cipher context for ChaCha20-Poly1305. */
export interface Evp {
  readonly cipher: number;
  readonly newContext: () => number;
  readonly freeContext: (context: number) => void;
  /** `(context, cipher, engine, key, nonce, encrypt)`; 0 keeps what was set before, -1 keeps the direction */
  readonly init: Call;
  /** `(context, out, outLength, in, length)` */
  readonly update: Call;
  /** `(context, out, outLength)`; 0 when a tag is wrong */
  readonly final: Call;
  readonly getTag: (context: number, tag: number) => number;
  readonly setTag: (context: number, tag: number) => number;
}

/** X25519 on 32 octets each; private keys are clamped by the callee. */
export interface X25519 {
  /** `(out, private, public)`; 0 when the result is all zero */
  readonly dh: Call;
  /** `(out, private)` */
  readonly publicKey: Call;
}

/** BLAKE2s on a context of `BLAKE2S_CONTEXT_BYTES` and parameters of 32 octets (RFC 7693 §2.8). */
export interface Blake2s {
  /** `(context, parameters)` */
  readonly init: Call;
  /** `(context, parameters, key)` */
  readonly initKey: Call;
  /** `(context, in, length)` */
  readonly update: Call;
  /** `(out, context)`; zeroes the context */
  readonly final: Call;
}

/** The sets of calls that Node exports on this system; each is `null` where a symbol is missing. */
export interface Openssl {
  readonly chachaPoly: ChachaPoly | null;
  readonly evp: Evp | null;
  readonly x25519: X25519 | null;
  /** X25519 through the public interface, for an OpenSSL that is a shared library. */
  readonly evpX25519: X25519 | null;
  readonly blake2s: Blake2s | null;
}

/** More than the size of a BLAKE2S_CTX (prov/blake2.h): state, counters, a block of 64 octets, two lengths. */
export const BLAKE2S_CONTEXT_BYTES = 256;

/** EVP_CTRL_AEAD_GET_TAG and _SET_TAG (openssl/evp.h). */
const GET_TAG = 16;
const SET_TAG = 17;
const TAG_BYTES = 16;
/** EVP_PKEY_X25519 (openssl/obj_mac.h, NID_X25519). */
const PKEY_X25519 = 1034;
const KEY_BYTES = 32;

/** Looks up the symbols. `libc` is proof that koffi is installed and that pointers are plain numbers. */
export function loadOpenssl(libc: Libc): Openssl {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const library = koffi.load(null);
  const find = (signature: string): Call => library.func(signature) as Call;
  return {
    chachaPoly: unlessMissing(() => primitives(find)),
    evp: unlessMissing(() => evp(find)),
    x25519: unlessMissing(() => x25519(find)),
    evpX25519: unlessMissing(() => evpX25519(find, libc)),
    blake2s: unlessMissing(() => blake2s(find)),
  };
}

/** koffi throws for a symbol that does not exist. */
function unlessMissing<T>(load: () => T): T | null {
  try {
    return load();
  } catch {
    return null;
  }
}

function primitives(find: (signature: string) => Call): ChachaPoly {
  return {
    chacha20: find('void ChaCha20_ctr32(uintptr_t, uintptr_t, size_t, uintptr_t, uintptr_t)'),
    polyInit: find('void Poly1305_Init(uintptr_t, uintptr_t)'),
    polyUpdate: find('void Poly1305_Update(uintptr_t, uintptr_t, size_t)'),
    polyFinal: find('void Poly1305_Final(uintptr_t, uintptr_t)'),
    polyContextBytes: find('size_t Poly1305_ctx_size()')(),
  };
}

function x25519(find: (signature: string) => Call): X25519 {
  return {
    dh: find('int ossl_x25519(uintptr_t, uintptr_t, uintptr_t)'),
    publicKey: find('void ossl_x25519_public_from_private(uintptr_t, uintptr_t)'),
  };
}

function evpX25519(find: (signature: string) => Call, { scratch }: Libc): X25519 {
  const newPrivate = find('uintptr_t EVP_PKEY_new_raw_private_key(int, uintptr_t, uintptr_t, size_t)');
  const newPublic = find('uintptr_t EVP_PKEY_new_raw_public_key(int, uintptr_t, uintptr_t, size_t)');
  const getPublic = find('int EVP_PKEY_get_raw_public_key(uintptr_t, uintptr_t, uintptr_t)');
  const freeKey = find('void EVP_PKEY_free(uintptr_t)');
  const newContext = find('uintptr_t EVP_PKEY_CTX_new(uintptr_t, uintptr_t)');
  const freeContext = find('void EVP_PKEY_CTX_free(uintptr_t)');
  const deriveInit = find('int EVP_PKEY_derive_init(uintptr_t)');
  const setPeer = find('int EVP_PKEY_derive_set_peer(uintptr_t, uintptr_t)');
  const derive = find('int EVP_PKEY_derive(uintptr_t, uintptr_t, uintptr_t)');
  const clearErrors = find('void ERR_clear_error()');
  /** Writes the size of the output buffer to memory and returns its address. */
  const room = (): number => {
    scratch.view.setBigUint64(0, BigInt(KEY_BYTES), true);
    return scratch.address;
  };
  return {
    dh: (out = 0, privateKey = 0, publicKey = 0) => {
      const own = newPrivate(PKEY_X25519, 0, privateKey, KEY_BYTES);
      const peer = newPublic(PKEY_X25519, 0, publicKey, KEY_BYTES);
      const context = newContext(own, 0);
      const isDone = deriveInit(context) > 0 && setPeer(context, peer) > 0 && derive(context, out, room()) > 0;
      freeContext(context);
      freeKey(peer);
      freeKey(own);
      // An error that stays in the thread's error queue would be reported by the next call, ours or Node's.
      if (!isDone) clearErrors();
      return isDone ? 1 : 0;
    },
    publicKey: (out = 0, privateKey = 0) => {
      const own = newPrivate(PKEY_X25519, 0, privateKey, KEY_BYTES);
      getPublic(own, out, room());
      freeKey(own);
      return 1;
    },
  };
}

function blake2s(find: (signature: string) => Call): Blake2s {
  return {
    init: find('int ossl_blake2s_init(uintptr_t, uintptr_t)'),
    initKey: find('int ossl_blake2s_init_key(uintptr_t, uintptr_t, uintptr_t)'),
    update: find('int ossl_blake2s_update(uintptr_t, uintptr_t, size_t)'),
    final: find('int ossl_blake2s_final(uintptr_t, uintptr_t)'),
  };
}

function evp(find: (signature: string) => Call): Evp {
  const control = find('int EVP_CIPHER_CTX_ctrl(uintptr_t, int, int, uintptr_t)');
  return {
    cipher: find('uintptr_t EVP_chacha20_poly1305()')(),
    newContext: find('uintptr_t EVP_CIPHER_CTX_new()'),
    freeContext: find('void EVP_CIPHER_CTX_free(uintptr_t)'),
    init: find('int EVP_CipherInit_ex(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, int)'),
    update: find('int EVP_CipherUpdate(uintptr_t, uintptr_t, uintptr_t, uintptr_t, int)'),
    final: find('int EVP_CipherFinal_ex(uintptr_t, uintptr_t, uintptr_t)'),
    getTag: (context, tag) => control(context, GET_TAG, TAG_BYTES, tag),
    setTag: (context, tag) => control(context, SET_TAG, TAG_BYTES, tag),
  };
}
