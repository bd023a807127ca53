/**
 * The two keys of one session, with its counter for sending and its replay window.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import { REJECT_AFTER_TIME, REKEY_AFTER_TIME } from '../constants.ts';
import type { TransportKeys } from '../handshake/noise.ts';
import { ReplayWindow } from '../replay-window.ts';

/**
 * Counters for sending are numbers, exact up to 2^53, which is sufficient for 285 years at a million packets per
 * second. The limits of the whitepaper (§6.1) are greater, so these replace REJECT_AFTER_MESSAGES, 2^64 - 2^13 - 1,
 * and REKEY_AFTER_MESSAGES, 2^60.
 */
const MAX_COUNTER = Number.MAX_SAFE_INTEGER;
const REKEY_COUNTER = 2 ** 52;

/** The result of a handshake. */
export interface KeypairFields<Owner> {
  readonly peer: Owner;
  readonly isInitiator: boolean;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly keys: TransportKeys;
  readonly createdAt: Instant;
}

/**
 * One session.
 *
 * @typeParam Owner - type of its peer
 */
export class Keypair<Owner = unknown> {
  readonly peer: Owner;
  /** Whether this end was the initiator: only the initiator renews the session by its age. */
  readonly isInitiator: boolean;
  /** Receiver index in messages from the peer. */
  readonly localIndex: number;
  /** Receiver index in messages to the peer. */
  readonly remoteIndex: number;
  readonly createdAt: Instant;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly replay = new ReplayWindow();
  #counter = 0;
  #destroyed = false;
  #sends = true;

  constructor(fields: KeypairFields<Owner>) {
    this.peer = fields.peer;
    this.isInitiator = fields.isInitiator;
    this.localIndex = fields.localIndex;
    this.remoteIndex = fields.remoteIndex;
    this.createdAt = fields.createdAt;
    this.sendKey = fields.keys.send;
    this.receiveKey = fields.keys.receive;
  }

  /** Reserves `n` counters and returns the first, or -1 if they are exhausted. */
  takeCounters(n: number): number {
    const first = this.#counter;
    if (first > MAX_COUNTER - n) return -1;
    this.#counter = first + n;
    return first;
  }

  /** Sets the next counter, for tests near a limit. */
  set counter(next: number) {
    this.#counter = next;
  }

  /** Whether the session may still receive: it is younger than REJECT_AFTER_TIME and not destroyed. */
  isValid(now: Instant): boolean {
    return !this.#destroyed && now - this.createdAt < REJECT_AFTER_TIME;
  }

  /** Whether the session may still send. */
  mayStillSend(now: Instant): boolean {
    return this.#sends && this.isValid(now);
  }

  /** From now on the session only receives. */
  stopSending(): void {
    this.#sends = false;
  }

  /**
   * Whether a new handshake should begin when this session sends: many messages were sent, or it is an old one of ours.
   */
  wantsRekey(now: Instant): boolean {
    const old = this.isInitiator && now - this.createdAt >= REKEY_AFTER_TIME;
    return old || this.#counter >= REKEY_COUNTER;
  }

  /** Zeroes both keys. The session must not be used afterwards. */
  destroy(): void {
    this.#destroyed = true;
    this.sendKey.fill(0);
    this.receiveKey.fill(0);
  }
}
