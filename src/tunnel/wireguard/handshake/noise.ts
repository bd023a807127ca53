/**
 * The handshake Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as WireGuard uses it (whitepaper §5.4.2, §5.4.3).
 *
 * ```text
 * <- s
 * ...
 * -> e, es, s, ss, {timestamp}
 * <- e, ee, se, psk, {}
 * ```
 *
 * Functions without state: what they return is to be kept only when they succeed, so a forged message
 * changes nothing. Macs are not their business (see `cookie.ts`).
 *
 * @module
 */
import { KEY_BYTES, type Primitives, TAG_BYTES } from '../../../core/primitives.ts';
import { encodeInitiation, encodeResponse, type Initiation, type Response } from '../../../wire/wireguard.ts';
import { kdf1, kdf2, kdf3 } from './hkdf.ts';
import type { LocalIdentity } from './identity.ts';
import { TIMESTAMP_BYTES } from './tai64n.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const CONSTRUCTION = ascii('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s');
const IDENTIFIER = ascii('WireGuard v1 zx2c4 Jason@zx2c4.com');
const NOTHING = new Uint8Array(0);

/** Chaining key and hash, and nothing else of the two names that they began with. */
export interface Symmetric {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
}

/** What an initiator keeps until the response. */
export interface InitiatorState extends Symmetric {
  readonly ephemeralPrivate: Uint8Array;
}

/** What a responder keeps between initiation and response. */
export interface ResponderState extends Symmetric {
  readonly remoteEphemeral: Uint8Array;
  readonly remoteIndex: number;
}

export interface TransportKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** An initiation whose sender is known by name but not yet believed. */
export interface OpenedInitiation extends Symmetric {
  readonly remoteStatic: Uint8Array;
}

/** The hash before the first message: everything that both ends know of the responder. */
function begin(p: Primitives, responderStatic: Uint8Array): Symmetric {
  const chainingKey = p.hash(CONSTRUCTION);
  return { chainingKey, hash: p.hash(p.hash(chainingKey, IDENTIFIER), responderStatic) };
}

/**
 * Makes an initiation, its macs zero.
 *
 * @param staticShared - DH of both static keys
 * @returns `null` if the responder's key has a low order: nothing may be sent to it
 */
export function createInitiation(
  p: Primitives,
  local: LocalIdentity,
  remoteStatic: Uint8Array,
  staticShared: Uint8Array,
  fields: { readonly senderIndex: number; readonly ephemeralPrivate: Uint8Array; readonly timestamp: Uint8Array },
): { readonly message: Uint8Array; readonly state: InitiatorState } | null {
  const start = begin(p, remoteStatic);
  const ephemeral = p.publicKey(fields.ephemeralPrivate);
  const ephemeralShared = p.dh(fields.ephemeralPrivate, remoteStatic);
  if (!ephemeralShared) {
    wipe(fields.ephemeralPrivate);
    return null;
  }
  let hash = p.hash(start.hash, ephemeral);
  const afterE = kdf1(p, start.chainingKey, ephemeral);
  const [afterEs, staticKey] = kdf2(p, afterE, ephemeralShared);
  const encryptedStatic = seal(p, staticKey, local.publicKey, hash);
  hash = p.hash(hash, encryptedStatic);
  const [chainingKey, timestampKey] = kdf2(p, afterEs, staticShared);
  const encryptedTimestamp = seal(p, timestampKey, fields.timestamp, hash);
  hash = p.hash(hash, encryptedTimestamp);
  wipe(ephemeralShared, afterE, afterEs);
  const message = encodeInitiation({ senderIndex: fields.senderIndex, ephemeral, encryptedStatic, encryptedTimestamp });
  return { message, state: { chainingKey, hash, ephemeralPrivate: fields.ephemeralPrivate } };
}

/** First half of consuming an initiation: who claims to send it. `null` if it is not meant for us. */
export function openInitiation(p: Primitives, local: LocalIdentity, message: Initiation): OpenedInitiation | null {
  const shared = p.dh(local.privateKey, message.ephemeral);
  return shared && openInitiationWith(p, local.publicKey, shared, message);
}

/**
 * The same for whoever knows the first shared secret: a third party may have it from either end.
 *
 * @param ephemeralShared - DH of the initiator's ephemeral and the responder's static key; wiped
 */
export function openInitiationWith(
  p: Primitives,
  responderStatic: Uint8Array,
  ephemeralShared: Uint8Array,
  message: Initiation,
): OpenedInitiation | null {
  const start = begin(p, responderStatic);
  const hash = p.hash(start.hash, message.ephemeral);
  const afterE = kdf1(p, start.chainingKey, message.ephemeral);
  const [chainingKey, staticKey] = kdf2(p, afterE, ephemeralShared);
  wipe(ephemeralShared, afterE);
  const remoteStatic = open(p, staticKey, message.encryptedStatic, KEY_BYTES, hash);
  if (remoteStatic) return { remoteStatic, chainingKey, hash: p.hash(hash, message.encryptedStatic) };
  wipe(chainingKey);
  return null;
}

/** Second half: the sender has proved that it is who it claims to be, and says when it sent this. */
export function authenticateInitiation(
  p: Primitives,
  opened: OpenedInitiation,
  message: Initiation,
  staticShared: Uint8Array,
): { readonly timestamp: Uint8Array; readonly state: ResponderState } | null {
  const [chainingKey, key] = kdf2(p, opened.chainingKey, staticShared);
  wipe(opened.chainingKey);
  const timestamp = open(p, key, message.encryptedTimestamp, TIMESTAMP_BYTES, opened.hash);
  if (!timestamp) {
    wipe(chainingKey);
    return null;
  }
  const hash = p.hash(opened.hash, message.encryptedTimestamp);
  const remoteEphemeral = message.ephemeral.slice();
  return { timestamp, state: { chainingKey, hash, remoteEphemeral, remoteIndex: message.senderIndex } };
}

/** Makes the response, its macs zero, and with it the responder's transport keys. Ends `state`, whatever comes of it. */
export function createResponse(
  p: Primitives,
  state: ResponderState,
  remoteStatic: Uint8Array,
  presharedKey: Uint8Array,
  fields: { readonly senderIndex: number; readonly ephemeralPrivate: Uint8Array },
): { readonly message: Uint8Array; readonly keys: TransportKeys } | null {
  const ephemeral = p.publicKey(fields.ephemeralPrivate);
  const ee = p.dh(fields.ephemeralPrivate, state.remoteEphemeral);
  const se = p.dh(fields.ephemeralPrivate, remoteStatic);
  wipe(fields.ephemeralPrivate);
  if (!ee || !se) {
    wipe(...[ee, se, state.chainingKey].filter((secret) => secret !== null));
    return null;
  }
  const mixed = mixResponse(p, state, ephemeral, ee, se, presharedKey);
  const encryptedNothing = seal(p, mixed.key, NOTHING, mixed.hash);
  const [receive, send] = kdf2(p, mixed.chainingKey, NOTHING);
  wipe(mixed.chainingKey, state.chainingKey);
  const message = encodeResponse({
    senderIndex: fields.senderIndex,
    receiverIndex: state.remoteIndex,
    ephemeral,
    encryptedNothing,
  });
  return { message, keys: { send, receive } };
}

/** Takes the response. `null` if it is forged, or made with another preshared key: then `state` still stands. */
export function consumeResponse(
  p: Primitives,
  state: InitiatorState,
  local: LocalIdentity,
  presharedKey: Uint8Array,
  message: Response,
): TransportKeys | null {
  const ee = p.dh(state.ephemeralPrivate, message.ephemeral);
  const se = p.dh(local.privateKey, message.ephemeral);
  if (!ee || !se) {
    wipe(...[ee, se].filter((secret) => secret !== null));
    return null;
  }
  const keys = openResponse(p, state, ee, se, presharedKey, message);
  if (keys) wipe(state.chainingKey, state.ephemeralPrivate);
  return keys;
}

/**
 * The same for whoever knows both shared secrets.
 *
 * @param state - after the initiation; it stands afterwards
 * @param ee - DH of both ephemeral keys; wiped
 * @param se - DH of the initiator's static and the responder's ephemeral key; wiped
 * @returns the keys as the initiator uses them
 */
export function openResponse(
  p: Primitives,
  state: Symmetric,
  ee: Uint8Array,
  se: Uint8Array,
  presharedKey: Uint8Array,
  message: Response,
): TransportKeys | null {
  const mixed = mixResponse(p, state, message.ephemeral, ee, se, presharedKey);
  if (!open(p, mixed.key, message.encryptedNothing, 0, mixed.hash)) {
    wipe(mixed.chainingKey);
    return null;
  }
  const [send, receive] = kdf2(p, mixed.chainingKey, NOTHING);
  wipe(mixed.chainingKey);
  return { send, receive };
}

/** What both ends do with the second message: e, ee, se, psk. */
function mixResponse(
  p: Primitives,
  state: Symmetric,
  ephemeral: Uint8Array,
  ee: Uint8Array,
  se: Uint8Array,
  presharedKey: Uint8Array,
): Symmetric & { readonly key: Uint8Array } {
  const afterE = kdf1(p, state.chainingKey, ephemeral);
  const afterEe = kdf1(p, afterE, ee);
  const afterSe = kdf1(p, afterEe, se);
  const [chainingKey, tau, key] = kdf3(p, afterSe, presharedKey);
  const hash = p.hash(p.hash(state.hash, ephemeral), tau);
  wipe(ee, se, afterE, afterEe, afterSe, tau);
  return { chainingKey, hash, key };
}

/** Seals with counter 0 and destroys the key: each is used once. */
function seal(p: Primitives, key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  const aead = p.aead.key(key);
  try {
    aead.seal(0, 0, plaintext, sealed, aad);
  } finally {
    aead.destroy();
    wipe(key);
  }
  return sealed;
}

function open(p: Primitives, key: Uint8Array, sealed: Uint8Array, bytes: number, aad: Uint8Array): Uint8Array | null {
  const plaintext = new Uint8Array(bytes);
  const aead = p.aead.key(key);
  try {
    return aead.open(0, 0, sealed, plaintext, aad) ? plaintext : null;
  } finally {
    aead.destroy();
    wipe(key);
  }
}

function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
