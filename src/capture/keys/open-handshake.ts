/**
 * What a third party with keys reads in a handshake. Each shared secret may come from either end's
 * private key: what is not there of one is looked for at the other.
 *
 * ```text
 * initiation  es, then ss    who initiates, then its clock
 * response    ee, se, psk    the transport keys
 * ```
 *
 * @module
 */
import { KEY_BYTES, type Primitives } from '../../core/primitives.ts';
import {
  authenticateInitiation,
  openInitiationWith,
  openResponse,
  type Symmetric,
} from '../../tunnel/wireguard/handshake/noise.ts';
import type { CookieReply, Initiation, Response } from '../../wire/wireguard.ts';
import { MAC_BYTES } from '../../wire/wireguard.ts';
import { OPENING, type Opening } from './batches/opening.ts';
import type { KeyRing, StaticKey } from './key-ring.ts';

/** Stands for "no preshared key" (whitepaper §5.4). */
const NO_PRESHARED_KEY = new Uint8Array(KEY_BYTES);

export interface OpenedInitiation {
  readonly opening: Opening;
  /** By mac1; `null`: none of the keys. */
  readonly responder: StaticKey | null;
  /** The initiator's static public key; `null` while it is sealed. */
  readonly initiator: Uint8Array | null;
  /** TAI64N; `null` while it is sealed. */
  readonly timestamp: Uint8Array | null;
  /** For the response. */
  readonly state: Symmetric | null;
}

/** Reads as much of an initiation as the keys of a ring open. */
export function openObservedInitiation(p: Primitives, ring: KeyRing, message: Initiation): OpenedInitiation {
  const responder = ring.receiverOf(message);
  const sealed = { responder, initiator: null, timestamp: null, state: null };
  if (responder === null) return { opening: OPENING.otherPeers, ...sealed };
  const ephemeral = ring.ephemeralOf(message.ephemeral)?.privateKey ?? null;
  const es = sharedSecret(p, ephemeral, responder.publicKey, responder.privateKey, message.ephemeral);
  if (es === null) return { opening: OPENING.noEphemeral, ...sealed };
  const opened = openInitiationWith(p, responder.publicKey, es, message);
  if (opened === null) return { opening: OPENING.notAuthentic, ...sealed };
  const initiator = opened.remoteStatic;
  const known = ring.staticOf(initiator)?.privateKey ?? null;
  const ss = sharedSecret(p, known, responder.publicKey, responder.privateKey, initiator);
  if (ss === null) return { ...sealed, opening: OPENING.noStatic, initiator };
  const authentic = authenticateInitiation(p, opened, message, ss);
  if (authentic === null) return { ...sealed, opening: OPENING.notAuthentic, initiator };
  return { opening: OPENING.opened, responder, initiator, timestamp: authentic.timestamp, state: authentic.state };
}

export type OpenedResponse =
  /** Keys of the two directions, by who receives. */
  | { readonly opening: 0; readonly toInitiator: Uint8Array; readonly toResponder: Uint8Array }
  | { readonly opening: Exclude<Opening, 0> };

/** Derives the keys of a session, if the ring has what that takes. */
export function openObservedResponse(
  p: Primitives,
  ring: KeyRing,
  initiation: Initiation,
  { opening, initiator, state }: OpenedInitiation,
  message: Response,
): OpenedResponse {
  const ei = ring.ephemeralOf(initiation.ephemeral);
  const er = ring.ephemeralOf(message.ephemeral);
  if (initiator === null || state === null) return { opening: opening === OPENING.opened ? OPENING.noStatic : opening };
  const ee = sharedSecret(p, ei?.privateKey ?? null, message.ephemeral, er?.privateKey ?? null, initiation.ephemeral);
  if (ee === null) return { opening: OPENING.noEphemeral };
  const known = ring.staticOf(initiator);
  const se = sharedSecret(p, known?.privateKey ?? null, message.ephemeral, er?.privateKey ?? null, initiator);
  if (se === null) return { opening: OPENING.noStatic };
  const responder = ring.receiverOf(initiation);
  const lists = [ei, er, null, known, responder].map((of) => of?.presharedKeys ?? []);
  lists[2] = [NO_PRESHARED_KEY];
  for (const presharedKey of [...lists.flat(), ...ring.presharedKeys]) {
    const keys = openResponse(p, state, ee.slice(), se.slice(), presharedKey, message);
    if (keys !== null) return { opening: OPENING.opened, toInitiator: keys.receive, toResponder: keys.send };
  }
  return { opening: OPENING.noPreshared };
}

/**
 * Opens a cookie reply: it is sealed with its sender's public key, and bound to the mac1 of the message that
 * it answers (whitepaper §5.4.7).
 */
export function openObservedCookie(
  p: Primitives,
  sender: StaticKey,
  answered: Uint8Array,
  { nonce, encryptedCookie }: CookieReply,
): Uint8Array | null {
  const at = answered.length - 2 * MAC_BYTES;
  return p.xopen(sender.cookieKey, nonce, encryptedCookie, answered.subarray(at, at + MAC_BYTES));
}

/** DH of two keys, by whichever private half is known. `null`: neither is, or the other key has a low order. */
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
