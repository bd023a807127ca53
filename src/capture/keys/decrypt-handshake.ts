/**
 * Decrypts the handshake of two other hosts. Each shared secret can be computed from the private key of either end, so
 * whichever is known is used.
 *
 * ```text
 * initiation  es, then ss    the initiator's static key, then its timestamp
 * response    ee, se, psk    the transport keys
 * ```
 *
 * @module
 */
import { KEY_BYTES, type Primitives } from '../../core/primitives.ts';
import {
  authenticateInitiation,
  decryptInitiationWith,
  decryptResponse,
  type Symmetric,
} from '../../tunnel/wireguard/handshake/noise.ts';
import type { CookieReply, Initiation, Response } from '../../wire/wireguard.ts';
import { MAC_BYTES } from '../../wire/wireguard.ts';
import { DECRYPT_RESULT, type DecryptResult } from './batches/message-decrypter.ts';
import type { KeyRing, StaticKey } from './key-ring.ts';

/** A handshake without a preshared key uses zeros (whitepaper §5.4). */
const NO_PRESHARED_KEY = new Uint8Array(KEY_BYTES);

/** What was decrypted of an initiation. */
export interface DecryptedInitiation {
  readonly result: DecryptResult;
  /** Identified by mac1; `null` if it is none of the known peers. */
  readonly responder: StaticKey | null;
  /** The initiator's static public key; `null` if it is not decrypted. */
  readonly initiator: Uint8Array | null;
  /** TAI64N; `null` if it is not decrypted. */
  readonly timestamp: Uint8Array | null;
  /** Noise state (chaining key and hash) after the initiation, for its response; `null` if it is not decrypted. */
  readonly state: Symmetric | null;
}

/** Decrypts as much of an initiation as the keys of a ring allow. */
export function decryptInitiation(p: Primitives, ring: KeyRing, message: Initiation): DecryptedInitiation {
  const responder = ring.receiverOf(message);
  const encrypted = { responder, initiator: null, timestamp: null, state: null };
  if (responder === null) return { result: DECRYPT_RESULT.otherPeers, ...encrypted };
  const ephemeral = ring.ephemeralOf(message.ephemeral)?.privateKey ?? null;
  const es = sharedSecret(p, ephemeral, responder.publicKey, responder.privateKey, message.ephemeral);
  if (es === null) return { result: DECRYPT_RESULT.noEphemeral, ...encrypted };
  const decrypted = decryptInitiationWith(p, responder.publicKey, es, message);
  if (decrypted === null) return { result: DECRYPT_RESULT.notAuthentic, ...encrypted };
  const initiator = decrypted.remoteStatic;
  const known = ring.staticOf(initiator)?.privateKey ?? null;
  const ss = sharedSecret(p, known, responder.publicKey, responder.privateKey, initiator);
  if (ss === null) return { ...encrypted, result: DECRYPT_RESULT.noStatic, initiator };
  const authentic = authenticateInitiation(p, decrypted, message, ss);
  if (authentic === null) return { ...encrypted, result: DECRYPT_RESULT.notAuthentic, initiator };
  return {
    result: DECRYPT_RESULT.decrypted,
    responder,
    initiator,
    timestamp: authentic.timestamp,
    state: authentic.state,
  };
}

/** The transport keys of a session, or the reason why they are not known. */
export type TransportKeys =
  /** Keys of the two directions, by receiver. */
  | { readonly result: 0; readonly toInitiator: Uint8Array; readonly toResponder: Uint8Array }
  | { readonly result: Exclude<DecryptResult, 0> };

/** Derives the transport keys of a session from a response, if the ring has all keys that are needed. */
export function deriveTransportKeys(
  p: Primitives,
  ring: KeyRing,
  initiation: Initiation,
  { result, initiator, state }: DecryptedInitiation,
  message: Response,
): TransportKeys {
  const ei = ring.ephemeralOf(initiation.ephemeral);
  const er = ring.ephemeralOf(message.ephemeral);
  if (initiator === null || state === null)
    return { result: result === DECRYPT_RESULT.decrypted ? DECRYPT_RESULT.noStatic : result };
  const ee = sharedSecret(p, ei?.privateKey ?? null, message.ephemeral, er?.privateKey ?? null, initiation.ephemeral);
  if (ee === null) return { result: DECRYPT_RESULT.noEphemeral };
  const known = ring.staticOf(initiator);
  const se = sharedSecret(p, known?.privateKey ?? null, message.ephemeral, er?.privateKey ?? null, initiator);
  if (se === null) return { result: DECRYPT_RESULT.noStatic };
  const responder = ring.receiverOf(initiation);
  const lists = [ei, er, null, known, responder].map((of) => of?.presharedKeys ?? []);
  lists[2] = [NO_PRESHARED_KEY];
  for (const presharedKey of [...lists.flat(), ...ring.presharedKeys]) {
    const keys = decryptResponse(p, state, { ee: ee.slice(), se: se.slice(), presharedKey }, message);
    if (keys !== null) return { result: DECRYPT_RESULT.decrypted, toInitiator: keys.receive, toResponder: keys.send };
  }
  return { result: DECRYPT_RESULT.noPreshared };
}

/**
 * Decrypts a cookie reply. Its key is derived from the sender's public key, and the mac1 of the message that it answers
 * is the additional data (whitepaper §5.4.7).
 *
 * @param sender - of the cookie reply
 * @param answered - the initiation or response that it answers
 * @returns the cookie; `null` if the tag is wrong
 */
export function decryptCookie(
  p: Primitives,
  sender: StaticKey,
  answered: Uint8Array,
  { nonce, encryptedCookie }: CookieReply,
): Uint8Array | null {
  const at = answered.length - 2 * MAC_BYTES;
  return p.xopen(sender.cookieKey, nonce, encryptedCookie, answered.subarray(at, at + MAC_BYTES));
}

/** X25519 with whichever private key is known. `null` if neither is, or the result is zero (a point of low order). */
function sharedSecret(
  p: Primitives,
  privateKey: Uint8Array | null,
  otherPublicKey: Uint8Array,
  otherPrivateKey: Uint8Array | null,
  publicKey: Uint8Array,
): Uint8Array | null {
  if (privateKey !== null) return p.dh(privateKey, otherPublicKey);
  return otherPrivateKey === null ? null : p.dh(otherPrivateKey, publicKey);
}
