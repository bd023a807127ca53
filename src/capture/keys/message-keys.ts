/**
 * Which keys may open the data messages with a receiver index: those of the sessions that the capture shows, and
 * those that a key log names by index.
 *
 * @module
 */

import { OPENING, type Opening } from './batches/opening.ts';
import type { Handshakes } from './handshakes.ts';
import { type KeyRing, MAX_TRANSPORT_KEYS_EACH } from './key-ring.ts';
import { type Lane, MAX_LANES_EACH } from './sessions.ts';

/** Keys of one index are no more. */
export const MAX_MESSAGE_KEYS = MAX_LANES_EACH + MAX_TRANSPORT_KEYS_EACH;

export class MessageKeys {
  /** `count` of them, in the order in which they are to be tried. A key is the same array each time. */
  readonly keys: Uint8Array[] = [];
  count = 0;
  readonly #handshakes: Handshakes;
  readonly #ring: KeyRing;

  constructor(handshakes: Handshakes, ring: KeyRing) {
    this.#handshakes = handshakes;
    this.#ring = ring;
  }

  /** Looks for the keys of an index. @returns what is to be said of a message that none of them opens */
  find(receiverIndex: number): Opening {
    this.count = 0;
    const lanes = this.#handshakes.sessions.lanesOf(receiverIndex);
    let opening: Opening = OPENING.noHandshake;
    for (let i = 0; i < lanes.length; i++) {
      const { session, toInitiator } = lanes[i] as Lane;
      if (session.opening !== OPENING.opened) this.#handshakes.retry(session);
      const key = toInitiator ? session.toInitiator : session.toResponder;
      if (key !== null) this.keys[this.count++] = key;
      // The newest session is the one to speak of.
      else if (i === 0) opening = session.opening;
    }
    const transport = this.#ring.transportOf(receiverIndex);
    for (let i = 0; i < transport.length; i++) this.keys[this.count++] = transport[i] as Uint8Array;
    return this.count === 0 ? opening : OPENING.notAuthentic;
  }
}
