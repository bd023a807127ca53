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
 * The functions have no state. The caller keeps their result only if they succeed, so that a forged message changes
 * nothing. MACs are in `cookie.ts`.
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

/** Chaining key and hash of a handshake (whitepaper §5.4: C and H). */
export interface Symmetric {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
}

/** State of an initiator between initiation and response. */
export interface InitiatorState extends Symmetric {
  readonly ephemeralPrivate: Uint8Array;
}

/** State of a responder between initiation and response. */
export interface ResponderState extends Symmetric {
  readonly remoteEphemeral: Uint8Array;
  readonly remoteIndex: number;
}

/** Keys of a session, 32 octets each, from the view of one end. */
export interface TransportKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** An initiation whose static key was decrypted, but whose sender is not authenticated yet. */
export interface DecryptedInitiation extends Symmetric {
  readonly remoteStatic: Uint8Array;
}

/** Chaining key and hash before the first message. */
function begin(p: Primitives, responderStatic: Uint8Array): Symmetric {
  const chainingKey = p.hash(CONSTRUCTION);
  return { chainingKey, hash: p.hash(p.hash(chainingKey, IDENTIFIER), responderStatic) };
}

/**
 * Makes an initiation; mac1 and mac2 are zero.
 *
 * @param staticShared - DH of both static keys
 * @returns `null` if the responder's public key has a low order: nothing must be sent to it
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

/**
 * First part of consuming an initiation: decrypts the static key of its sender. `null` if it is not for this device.
 */
export function decryptInitiation(
  p: Primitives,
  local: LocalIdentity,
  message: Initiation,
): DecryptedInitiation | null {
  const shared = p.dh(local.privateKey, message.ephemeral);
  return shared && decryptInitiationWith(p, local.publicKey, shared, message);
}

/**
 * As `decryptInitiation`, with the first shared secret instead of the private key. It may come from the key log of either
 * end.
 *
 * @param ephemeralShared - DH of the initiator's ephemeral and the responder's static key; wiped
 */
export function decryptInitiationWith(
  p: Primitives,
  responderStatic: Uint8Array,
  ephemeralShared: Uint8Array,
  message: Initiation,
): DecryptedInitiation | null {
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

/**
 * Second part of consuming an initiation: authenticates the sender and decrypts the timestamp. `null` if it is forged.
 * Ends `decrypted`.
 */
export function authenticateInitiation(
  p: Primitives,
  decrypted: DecryptedInitiation,
  message: Initiation,
  staticShared: Uint8Array,
): { readonly timestamp: Uint8Array; readonly state: ResponderState } | null {
  const [chainingKey, key] = kdf2(p, decrypted.chainingKey, staticShared);
  wipe(decrypted.chainingKey);
  const timestamp = open(p, key, message.encryptedTimestamp, TIMESTAMP_BYTES, decrypted.hash);
  if (!timestamp) {
    wipe(chainingKey);
    return null;
  }
  const hash = p.hash(decrypted.hash, message.encryptedTimestamp);
  const remoteEphemeral = message.ephemeral.slice();
  return { timestamp, state: { chainingKey, hash, remoteEphemeral, remoteIndex: message.senderIndex } };
}

/**
 * Makes the response and the keys of the responder; mac1 and mac2 are zero. Zeroes the secrets of `state`. `null` if a
 * public key of the initiator has a low order.
 */
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
  const mixed = mixResponse(p, state, ephemeral, { ee, se, presharedKey });
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

/**
 * Consumes the response and returns the keys of the initiator. `null` if it is forged, or if the preshared keys differ;
 * `state` is still valid then.
 */
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
  const keys = decryptResponse(p, state, { ee, se, presharedKey }, message);
  if (keys) wipe(state.chainingKey, state.ephemeralPrivate);
  return keys;
}

/** The secrets that a response mixes into the state of a handshake, by their names in Noise. */
export interface ResponseSecrets {
  /** DH of both ephemeral keys; wiped after it is mixed. */
  readonly ee: Uint8Array;
  /** DH of the initiator's static and the responder's ephemeral key; wiped after it is mixed. */
  readonly se: Uint8Array;
  readonly presharedKey: Uint8Array;
}

/**
 * As `consumeResponse`, with both shared secrets instead of the private keys.
 *
 * @param state - state after the initiation; it is not changed
 * @returns the keys of the initiator
 */
export function decryptResponse(
  p: Primitives,
  state: Symmetric,
  secrets: ResponseSecrets,
  message: Response,
): TransportKeys | null {
  const mixed = mixResponse(p, state, message.ephemeral, secrets);
  if (!open(p, mixed.key, message.encryptedNothing, 0, mixed.hash)) {
    wipe(mixed.chainingKey);
    return null;
  }
  const [send, receive] = kdf2(p, mixed.chainingKey, NOTHING);
  wipe(mixed.chainingKey);
  return { send, receive };
}

/** Mixes the tokens of the second message into the state: e, ee, se, psk. */
function mixResponse(
  p: Primitives,
  state: Symmetric,
  ephemeral: Uint8Array,
  { ee, se, presharedKey }: ResponseSecrets,
): Symmetric & { readonly key: Uint8Array } {
  const afterE = kdf1(p, state.chainingKey, ephemeral);
  const afterEe = kdf1(p, afterE, ee);
  const afterSe = kdf1(p, afterEe, se);
  const [chainingKey, tau, key] = kdf3(p, afterSe, presharedKey);
  const hash = p.hash(p.hash(state.hash, ephemeral), tau);
  wipe(ee, se, afterE, afterEe, afterSe, tau);
  return { chainingKey, hash, key };
}

/** Encrypts with counter 0 and destroys the key, which is used only once. */
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
