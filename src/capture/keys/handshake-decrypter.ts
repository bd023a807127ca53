/**
 * Decrypts the handshakes of a capture, and keeps the sessions that they establish.
 *
 * Keys are tried when a handshake is captured. They are tried again at its data messages if keys were added in the
 * meantime: in a live capture, the keys of a handshake follow it.
 *
 * @module
 */

import { writeU32le } from '../../core/bytes.ts';
import type { Primitives } from '../../core/primitives.ts';
import { sameKey } from '../../tunnel/keys.ts';
import {
  COOKIE_REPLY_BYTES,
  type CookieReply,
  DATA_MESSAGE_HEADER_BYTES,
  decodeMessage,
  INITIATION_BYTES,
  type Initiation,
  RESPONSE_BYTES,
  type Response,
} from '../../wire/wireguard.ts';
import { readMessageType, readReceiverIndex, readSenderIndex, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';
import { DECRYPT_RESULT, type DecryptResult } from './batches/message-decrypter.ts';
import { decryptCookie, decryptInitiation, deriveTransportKeys } from './decrypt-handshake.ts';
import type { KeyRing } from './key-ring.ts';
import { createSession, type DecryptSession, DecryptSessions, type InitiationEntry } from './sessions.ts';

const MESSAGE_BYTES: Readonly<Record<number, number>> = {
  [WIREGUARD_TYPE.initiation]: INITIATION_BYTES,
  [WIREGUARD_TYPE.response]: RESPONSE_BYTES,
  [WIREGUARD_TYPE.cookieReply]: COOKIE_REPLY_BYTES,
};

/** One end of a tunnel, by its static key. */
export interface KnownPeer {
  readonly publicKey: Uint8Array;
  /** Its name, from a comment in a configuration; `null` if it has none. */
  readonly name: string | null;
}

/** What was decrypted of a handshake message. */
export interface HandshakeFacts {
  readonly isInitiation: boolean;
  readonly result: DecryptResult;
  /** `null` if its static key is not decrypted. */
  readonly initiator: KnownPeer | null;
  /** Identified by mac1 of the initiation; `null` if it is none of the known peers. */
  readonly responder: KnownPeer | null;
  /** TAI64N timestamp of an initiation; `null` if it is not decrypted. */
  readonly timestamp: Uint8Array | null;
  /** The cookie of a cookie reply; `null` if it is not decrypted. */
  readonly cookie: Uint8Array | null;
}

/** Decrypts handshake messages with the keys of a ring, and derives the keys of their sessions. */
export class HandshakeDecrypter {
  readonly sessions = new DecryptSessions();
  readonly #p: Primitives;
  readonly #ring: KeyRing;

  constructor(p: Primitives, ring: KeyRing) {
    this.#p = p;
    this.#ring = ring;
  }

  /**
   * Decrypts the message at `at`, of type 1, 2 or 3. Never throws.
   *
   * @param obfuscatedType - as in `LayerStack`
   */
  decrypt(bytes: Uint8Array, at: number, capturedBytes: number, obfuscatedType: number): HandshakeFacts {
    const type = readMessageType(bytes, at);
    const messageBytes = MESSAGE_BYTES[type] ?? 0;
    if (capturedBytes < messageBytes) {
      if (type === WIREGUARD_TYPE.response && capturedBytes >= DATA_MESSAGE_HEADER_BYTES) this.#addCut(bytes, at);
      return this.#facts(DECRYPT_RESULT.cut, null);
    }
    const copy = bytes.slice(at, at + messageBytes);
    // WARP writes a client id into the reserved octets afterwards: neither the MACs nor the hash cover it.
    copy.set([type, 0, 0, 0]);
    const message = decodeMessage(copy);
    // AmneziaWG computes its MACs with its own type in the message.
    if (obfuscatedType >= 0) writeU32le(copy, 0, obfuscatedType);
    if (message?.tag === 'initiation') return this.#initiation(message);
    if (message?.tag === 'response') return this.#response(message);
    return message?.tag === 'cookie-reply'
      ? this.#cookieReply(message)
      : this.#facts(DECRYPT_RESULT.notAuthentic, null);
  }

  /** Tries to decrypt the handshake of a session again, if keys were added since the last attempt. */
  retry(session: DecryptSession): void {
    const { version } = this.#ring;
    const { messages } = session;
    if (session.result === DECRYPT_RESULT.decrypted || session.triedVersion === version || messages === null) return;
    session.triedVersion = version;
    const { initiation, response } = messages;
    this.#retryInitiation(initiation);
    const keys = deriveTransportKeys(this.#p, this.#ring, initiation.message, initiation.decrypted, response);
    session.result = keys.result;
    if (keys.result !== DECRYPT_RESULT.decrypted) return;
    session.toInitiator = keys.toInitiator;
    session.toResponder = keys.toResponder;
  }

  #initiation(message: Initiation): HandshakeFacts {
    let entry = this.sessions
      .initiationsOf(message.senderIndex)
      .find((known) => sameKey(known.message.ephemeral, message.ephemeral));
    if (entry === undefined) {
      const decrypted = decryptInitiation(this.#p, this.#ring, message);
      entry = { message, decrypted, triedVersion: this.#ring.version };
      this.sessions.addInitiation(entry);
    }
    this.#retryInitiation(entry);
    const { result, timestamp } = entry.decrypted;
    return { ...this.#facts(result, entry), isInitiation: true, timestamp };
  }

  #retryInitiation(entry: InitiationEntry): void {
    const { version } = this.#ring;
    if (entry.triedVersion === version || entry.decrypted.result === DECRYPT_RESULT.decrypted) return;
    entry.triedVersion = version;
    entry.decrypted = decryptInitiation(this.#p, this.#ring, entry.message);
  }

  #response(response: Response): HandshakeFacts {
    const { sessions } = this;
    const known = sessions.sessionOf(response);
    if (known?.messages) {
      this.retry(known);
      return this.#facts(known.result, known.messages.initiation);
    }
    let session: DecryptSession | null = null;
    for (const initiation of sessions.initiationsOf(response.receiverIndex)) {
      const candidate = createSession(DECRYPT_RESULT.otherPeers, { initiation, response });
      this.retry(candidate);
      // Of several initiations with that index, the newest is taken, unless keys prove that it is another one.
      if (session === null || candidate.result === DECRYPT_RESULT.decrypted) session = candidate;
      if (session.result === DECRYPT_RESULT.decrypted) break;
    }
    if (session === null) return this.#facts(DECRYPT_RESULT.noHandshake, null);
    sessions.addDirection(response.receiverIndex, { session, toInitiator: true });
    sessions.addDirection(response.senderIndex, { session, toInitiator: false });
    return this.#facts(session.result, session.messages?.initiation ?? null);
  }

  /** Even a short snaplen keeps the indices. So the data messages can be counted with the right reason. */
  #addCut(bytes: Uint8Array, at: number): void {
    const session = createSession(DECRYPT_RESULT.cut, null);
    this.sessions.addDirection(readReceiverIndex(bytes, at), { session, toInitiator: true });
    this.sessions.addDirection(readSenderIndex(bytes, at), { session, toInitiator: false });
  }

  #cookieReply(message: CookieReply): HandshakeFacts {
    let facts = this.#facts(DECRYPT_RESULT.noHandshake, null);
    for (const { initiation, response } of this.sessions.answerableBy(message.receiverIndex)) {
      this.#retryInitiation(initiation);
      const { responder, initiator } = initiation.decrypted;
      const sender = response === null ? responder : initiator && this.#ring.staticOf(initiator);
      if (facts.initiator === null) facts = this.#facts(DECRYPT_RESULT.otherPeers, initiation);
      const answered = (response ?? initiation.message).bytes;
      const cookie = sender && decryptCookie(this.#p, sender, answered, message);
      if (cookie) return { ...this.#facts(DECRYPT_RESULT.decrypted, initiation), cookie };
    }
    return facts;
  }

  #facts(result: DecryptResult, entry: InitiationEntry | null): HandshakeFacts {
    const { initiator = null, responder = null } = entry?.decrypted ?? {};
    const name = (initiator && this.#ring.staticOf(initiator)?.name) ?? null;
    return {
      isInitiation: false,
      result,
      initiator: initiator && { publicKey: initiator, name },
      responder,
      timestamp: null,
      cookie: null,
    };
  }
}
