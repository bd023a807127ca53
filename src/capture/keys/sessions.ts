/**
 * Handshakes and sessions of a capture, found by the indices that their messages carry. Bounded: the oldest
 * are forgotten, and counted.
 *
 * @module
 */
import { sameKey } from '../../tunnel/keys.ts';
import type { Initiation, Response } from '../../wire/wireguard.ts';
import type { Opening } from './batches/opening.ts';
import type { OpenedInitiation } from './open-handshake.ts';

/** About 10 MB. */
export const MAX_INITIATIONS = 8192;
/** Directions of sessions, two each: about 30 MB. */
export const MAX_LANES = 32_768;
/** Of one index: two peers may choose the same, and an index may come again after a day. */
export const MAX_LANES_EACH = 8;

export interface InitiationEntry {
  /** Owned. */
  readonly message: Initiation;
  opened: OpenedInitiation;
  /** Of the key ring when it was tried. */
  triedVersion: number;
}

export interface Session {
  /** Owned; `null` where the capture does not have the messages, or not whole. */
  readonly messages: { readonly initiation: InitiationEntry; readonly response: Response } | null;
  /** Of the key ring when it was tried. */
  triedVersion: number;
  opening: Opening;
  /** Keys of data by who receives them; `null` while they are not known. */
  toInitiator: Uint8Array | null;
  toResponder: Uint8Array | null;
}

/** One direction of a session: that to the end whose index it is. */
export interface Lane {
  readonly session: Session;
  readonly toInitiator: boolean;
}

export class Sessions {
  readonly #initiations = new Table<InitiationEntry>(MAX_INITIATIONS);
  readonly #lanes = new Table<Lane>(MAX_LANES);

  /** Handshakes and directions that there was no room for any more. */
  get forgotten(): number {
    return this.#initiations.forgotten + this.#lanes.forgotten;
  }

  addInitiation(entry: InitiationEntry): void {
    this.#initiations.add(entry.message.senderIndex, entry);
  }

  /** Those that announced an index, newest first. */
  initiationsOf(senderIndex: number): readonly InitiationEntry[] {
    return this.#initiations.of(senderIndex);
  }

  addLane(receiverIndex: number, lane: Lane): void {
    this.#lanes.add(receiverIndex, lane);
  }

  /** Those of an index, newest first. */
  lanesOf(receiverIndex: number): readonly Lane[] {
    return this.#lanes.of(receiverIndex);
  }

  /** The session that a response began, if it is a copy. */
  sessionOf({ senderIndex, ephemeral }: Response): Session | null {
    for (const { session } of this.lanesOf(senderIndex)) {
      if (session.messages && sameKey(session.messages.response.ephemeral, ephemeral)) return session;
    }
    return null;
  }

  /** Messages that a cookie reply with that index may answer: initiations, and responses. */
  *answerableBy(receiverIndex: number): Generator<{ initiation: InitiationEntry; response: Response | null }> {
    for (const initiation of this.initiationsOf(receiverIndex)) yield { initiation, response: null };
    for (const { session, toInitiator } of this.lanesOf(receiverIndex)) {
      if (session.messages && !toInitiator) yield session.messages;
    }
  }
}

const NONE: readonly never[] = [];

/** Lists by number, the oldest number forgotten first. */
class Table<T> {
  readonly #lists = new Map<number, T[]>();
  readonly #most: number;
  forgotten = 0;

  constructor(most: number) {
    this.#most = most;
  }

  of(index: number): readonly T[] {
    return this.#lists.get(index) ?? NONE;
  }

  add(index: number, value: T): void {
    const list = this.#lists.get(index);
    if (list !== undefined) {
      list.unshift(value);
      if (list.length <= MAX_LANES_EACH) return;
      list.pop();
      this.forgotten++;
      return;
    }
    if (this.#lists.size >= this.#most) {
      for (const [oldest, values] of this.#lists) {
        this.#lists.delete(oldest);
        this.forgotten += values.length;
        break;
      }
    }
    this.#lists.set(index, [value]);
  }
}

/** A session whose keys are not known, for one reason or another. */
export function createSession(opening: Opening, messages: Session['messages']): Session {
  return { messages, triedVersion: -1, opening, toInitiator: null, toResponder: null };
}
