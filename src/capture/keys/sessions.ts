/**
 * Handshakes and sessions of a capture, by the indices of their messages. The tables are bounded: the oldest entries
 * are dropped, and counted.
 *
 * @module
 */
import { sameKey } from '../../tunnel/keys.ts';
import type { Initiation, Response } from '../../wire/wireguard.ts';
import type { DecryptResult } from './batches/message-decrypter.ts';
import type { DecryptedInitiation } from './decrypt-handshake.ts';

/** Limit of initiations: about 10 MB. */
export const MAX_INITIATIONS = 8192;
/** Limit of session directions, two for each session: about 30 MB. */
export const MAX_DIRECTIONS = 32_768;
/** Limit of entries with one index. Two peers may choose the same, and an index may be used again after a day. */
export const MAX_ENTRIES_PER_INDEX = 8;

/** An initiation, and what was decrypted of it. */
export interface InitiationEntry {
  /** Owned. */
  readonly message: Initiation;
  decrypted: DecryptedInitiation;
  /** `KeyRing.version` at the last attempt to decrypt it. */
  triedVersion: number;
}

/** A session and its keys, as far as they are known. */
export interface DecryptSession {
  /** Owned; `null` if the capture does not have the whole messages. */
  readonly messages: { readonly initiation: InitiationEntry; readonly response: Response } | null;
  /** `KeyRing.version` at the last attempt to derive the keys. */
  triedVersion: number;
  /** `DECRYPT_RESULT.decrypted` if the keys are known, otherwise why they are not. */
  result: DecryptResult;
  /** Key of data to the initiator; `null` if it is not known. */
  toInitiator: Uint8Array | null;
  /** Key of data to the responder; `null` if it is not known. */
  toResponder: Uint8Array | null;
}

/** One direction of a session, stored under the receiver index of its data messages. */
export interface SessionDirection {
  readonly session: DecryptSession;
  readonly toInitiator: boolean;
}

/** The tables of initiations and sessions. */
export class DecryptSessions {
  readonly #initiations = new Table<InitiationEntry>(MAX_INITIATIONS);
  readonly #directions = new Table<SessionDirection>(MAX_DIRECTIONS);

  /** Initiations and session directions that were dropped because there were too many. */
  get forgotten(): number {
    return this.#initiations.forgotten + this.#directions.forgotten;
  }

  /** Stores an initiation by its sender index. */
  addInitiation(entry: InitiationEntry): void {
    this.#initiations.add(entry.message.senderIndex, entry);
  }

  /** Initiations with a sender index, newest first. */
  initiationsOf(senderIndex: number): readonly InitiationEntry[] {
    return this.#initiations.of(senderIndex);
  }

  /** Stores one direction of a session by the receiver index of its data messages. */
  addDirection(receiverIndex: number, direction: SessionDirection): void {
    this.#directions.add(receiverIndex, direction);
  }

  /** Session directions with a receiver index, newest first. */
  directionsOf(receiverIndex: number): readonly SessionDirection[] {
    return this.#directions.of(receiverIndex);
  }

  /** The session that a response established, if the response is a copy of an earlier one; otherwise `null`. */
  sessionOf({ senderIndex, ephemeral }: Response): DecryptSession | null {
    for (const { session } of this.directionsOf(senderIndex)) {
      if (session.messages && sameKey(session.messages.response.ephemeral, ephemeral)) return session;
    }
    return null;
  }

  /** The handshakes whose initiation, or response if that is not `null`, a cookie reply with this index may answer. */
  *answerableBy(receiverIndex: number): Generator<{ initiation: InitiationEntry; response: Response | null }> {
    for (const initiation of this.initiationsOf(receiverIndex)) yield { initiation, response: null };
    for (const { session, toInitiator } of this.directionsOf(receiverIndex)) {
      if (session.messages && !toInitiator) yield session.messages;
    }
  }
}

const NONE: readonly never[] = [];

/** Lists by index. When there are too many, the oldest index is dropped. */
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
      if (list.length <= MAX_ENTRIES_PER_INDEX) return;
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

/** A session whose keys are not known. @param result - why */
export function createSession(result: DecryptResult, messages: DecryptSession['messages']): DecryptSession {
  return { messages, triedVersion: -1, result, toInitiator: null, toResponder: null };
}
