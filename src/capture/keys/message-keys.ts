/**
 * The keys that may decrypt data messages with a receiver index: those of the sessions in the capture, and transport
 * keys that a key log has for that index.
 *
 * @module
 */

import { DECRYPT_RESULT, type DecryptResult } from './batches/message-decrypter.ts';
import type { HandshakeDecrypter } from './handshake-decrypter.ts';
import { type KeyRing, MAX_TRANSPORT_KEYS_EACH } from './key-ring.ts';
import { MAX_ENTRIES_PER_INDEX, type SessionDirection } from './sessions.ts';

/** The most keys that one receiver index can have. */
export const MAX_MESSAGE_KEYS = MAX_ENTRIES_PER_INDEX + MAX_TRANSPORT_KEYS_EACH;

/** Looks up keys by receiver index, without allocating. */
export class MessageKeys {
  /** The keys found; only the first `count` are valid. They are tried in this order. A key is always the same array. */
  readonly keys: Uint8Array[] = [];
  count = 0;
  readonly #handshakes: HandshakeDecrypter;
  readonly #ring: KeyRing;

  constructor(handshakes: HandshakeDecrypter, ring: KeyRing) {
    this.#handshakes = handshakes;
    this.#ring = ring;
  }

  /** Finds the keys of an index. @returns the reason to report if none of them decrypts a message */
  find(receiverIndex: number): DecryptResult {
    this.count = 0;
    const directions = this.#handshakes.sessions.directionsOf(receiverIndex);
    let result: DecryptResult = DECRYPT_RESULT.noHandshake;
    for (let i = 0; i < directions.length; i++) {
      const { session, toInitiator } = directions[i] as SessionDirection;
      if (session.result !== DECRYPT_RESULT.decrypted) this.#handshakes.retry(session);
      const key = toInitiator ? session.toInitiator : session.toResponder;
      if (key !== null) this.keys[this.count++] = key;
      // The reason is that of the newest session.
      else if (i === 0) result = session.result;
    }
    const transport = this.#ring.transportOf(receiverIndex);
    for (let i = 0; i < transport.length; i++) this.keys[this.count++] = transport[i] as Uint8Array;
    return this.count === 0 ? result : DECRYPT_RESULT.notAuthentic;
  }
}
