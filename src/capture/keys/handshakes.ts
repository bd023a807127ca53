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
import { OPENING, type Opening } from './batches/opening.ts';
import type { KeyRing } from './key-ring.ts';
import { openObservedCookie, openObservedInitiation, openObservedResponse } from './open-handshake.ts';
import { createSession, type InitiationEntry, type Session, Sessions } from './sessions.ts';

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
  readonly opening: Opening;
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
export class Handshakes {
  readonly sessions = new Sessions();
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
  open(bytes: Uint8Array, at: number, capturedBytes: number, obfuscatedType: number): HandshakeFacts {
    const type = readMessageType(bytes, at);
    const messageBytes = MESSAGE_BYTES[type] ?? 0;
    if (capturedBytes < messageBytes) {
      if (type === WIREGUARD_TYPE.response && capturedBytes >= DATA_MESSAGE_HEADER_BYTES) this.#addCut(bytes, at);
      return this.#facts(OPENING.cut, null);
    }
    const copy = bytes.slice(at, at + messageBytes);
    // WARP writes a client id into the reserved octets afterwards: neither the MACs nor the hash cover it.
    copy.set([type, 0, 0, 0]);
    const message = decodeMessage(copy);
    // AmneziaWG computes its MACs with its own type in the message.
    if (obfuscatedType >= 0) writeU32le(copy, 0, obfuscatedType);
    if (message?.tag === 'initiation') return this.#initiation(message);
    if (message?.tag === 'response') return this.#response(message);
    return message?.tag === 'cookie-reply' ? this.#cookieReply(message) : this.#facts(OPENING.notAuthentic, null);
  }

  /** Tries to decrypt the handshake of a session again, if keys were added since the last attempt. */
  retry(session: Session): void {
    const { version } = this.#ring;
    const { messages } = session;
    if (session.opening === OPENING.opened || session.triedVersion === version || messages === null) return;
    session.triedVersion = version;
    const { initiation, response } = messages;
    this.#retryInitiation(initiation);
    const keys = openObservedResponse(this.#p, this.#ring, initiation.message, initiation.opened, response);
    session.opening = keys.opening;
    if (keys.opening !== OPENING.opened) return;
    session.toInitiator = keys.toInitiator;
    session.toResponder = keys.toResponder;
  }

  #initiation(message: Initiation): HandshakeFacts {
    let entry = this.sessions
      .initiationsOf(message.senderIndex)
      .find((known) => sameKey(known.message.ephemeral, message.ephemeral));
    if (entry === undefined) {
      const opened = openObservedInitiation(this.#p, this.#ring, message);
      entry = { message, opened, triedVersion: this.#ring.version };
      this.sessions.addInitiation(entry);
    }
    this.#retryInitiation(entry);
    const { opening, timestamp } = entry.opened;
    return { ...this.#facts(opening, entry), isInitiation: true, timestamp };
  }

  #retryInitiation(entry: InitiationEntry): void {
    const { version } = this.#ring;
    if (entry.triedVersion === version || entry.opened.opening === OPENING.opened) return;
    entry.triedVersion = version;
    entry.opened = openObservedInitiation(this.#p, this.#ring, entry.message);
  }

  #response(response: Response): HandshakeFacts {
    const { sessions } = this;
    const known = sessions.sessionOf(response);
    if (known?.messages) {
      this.retry(known);
      return this.#facts(known.opening, known.messages.initiation);
    }
    let session: Session | null = null;
    for (const initiation of sessions.initiationsOf(response.receiverIndex)) {
      const candidate = createSession(OPENING.otherPeers, { initiation, response });
      this.retry(candidate);
      // Of several initiations with that index, the newest is taken, unless keys prove that it is another one.
      if (session === null || candidate.opening === OPENING.opened) session = candidate;
      if (session.opening === OPENING.opened) break;
    }
    if (session === null) return this.#facts(OPENING.noHandshake, null);
    sessions.addLane(response.receiverIndex, { session, toInitiator: true });
    sessions.addLane(response.senderIndex, { session, toInitiator: false });
    return this.#facts(session.opening, session.messages?.initiation ?? null);
  }

  /** Even a short snaplen keeps the indices. So the data messages can be counted with the right reason. */
  #addCut(bytes: Uint8Array, at: number): void {
    const session = createSession(OPENING.cut, null);
    this.sessions.addLane(readReceiverIndex(bytes, at), { session, toInitiator: true });
    this.sessions.addLane(readSenderIndex(bytes, at), { session, toInitiator: false });
  }

  #cookieReply(message: CookieReply): HandshakeFacts {
    let facts = this.#facts(OPENING.noHandshake, null);
    for (const { initiation, response } of this.sessions.answerableBy(message.receiverIndex)) {
      this.#retryInitiation(initiation);
      const { responder, initiator } = initiation.opened;
      const sender = response === null ? responder : initiator && this.#ring.staticOf(initiator);
      if (facts.initiator === null) facts = this.#facts(OPENING.otherPeers, initiation);
      const answered = (response ?? initiation.message).bytes;
      const cookie = sender && openObservedCookie(this.#p, sender, answered, message);
      if (cookie) return { ...this.#facts(OPENING.opened, initiation), cookie };
    }
    return facts;
  }

  #facts(opening: Opening, entry: InitiationEntry | null): HandshakeFacts {
    const { initiator = null, responder = null } = entry?.opened ?? {};
    const name = (initiator && this.#ring.staticOf(initiator)?.name) ?? null;
    return {
      isInitiation: false,
      opening,
      initiator: initiator && { publicKey: initiator, name },
      responder,
      timestamp: null,
      cookie: null,
    };
  }
}
