/**
 * The keys that may decrypt data messages with a receiver index: those of the sessions in the capture, and transport
 * keys that a key log has for that index.
 *
 * @module
 */

import { OPENING, type Opening } from './batches/opening.ts';
import type { Handshakes } from './handshakes.ts';
import { type KeyRing, MAX_TRANSPORT_KEYS_EACH } from './key-ring.ts';
import { type Lane, MAX_LANES_EACH } from './sessions.ts';

/** The most keys that one receiver index can have. */
export const MAX_MESSAGE_KEYS = MAX_LANES_EACH + MAX_TRANSPORT_KEYS_EACH;

/** Looks up keys by receiver index, without allocating. */
export class MessageKeys {
  /** The keys found; only the first `count` are valid. They are tried in this order. A key is always the same array. */
  readonly keys: Uint8Array[] = [];
  count = 0;
  readonly #handshakes: Handshakes;
  readonly #ring: KeyRing;

  constructor(handshakes: Handshakes, ring: KeyRing) {
    this.#handshakes = handshakes;
    this.#ring = ring;
  }

  /** Finds the keys of an index. @returns the reason to report if none of them decrypts a message */
  find(receiverIndex: number): Opening {
    this.count = 0;
    const lanes = this.#handshakes.sessions.lanesOf(receiverIndex);
    let opening: Opening = OPENING.noHandshake;
    for (let i = 0; i < lanes.length; i++) {
      const { session, toInitiator } = lanes[i] as Lane;
      if (session.opening !== OPENING.opened) this.#handshakes.retry(session);
      const key = toInitiator ? session.toInitiator : session.toResponder;
      if (key !== null) this.keys[this.count++] = key;
      // The reason is that of the newest session.
      else if (i === 0) opening = session.opening;
    }
    const transport = this.#ring.transportOf(receiverIndex);
    for (let i = 0; i < transport.length; i++) this.keys[this.count++] = transport[i] as Uint8Array;
    return this.count === 0 ? opening : OPENING.notAuthentic;
  }
}
