/**
 * The keys of one session: what one handshake agreed on, and what was sent and seen with it.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import { REJECT_AFTER_TIME, REKEY_AFTER_TIME } from '../constants.ts';
import type { TransportKeys } from '../handshake/noise.ts';
import { ReplayWindow } from '../replay-window.ts';

/**
 * Counters are kept as numbers, exact up to 2^53: 285 years at a million packets a second. The limits
 * of the whitepaper (§6.1) lie beyond that, so these stand for REJECT_AFTER_MESSAGES, 2^64 - 2^13 - 1,
 * and REKEY_AFTER_MESSAGES, 2^60.
 */
const MAX_COUNTER = Number.MAX_SAFE_INTEGER;
const REKEY_COUNTER = 2 ** 52;

export interface KeypairFields<Owner> {
  readonly peer: Owner;
  readonly isInitiator: boolean;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly keys: TransportKeys;
  readonly createdAt: Instant;
}

/** @typeParam Owner - its peer, which it only hands on */
export class Keypair<Owner = unknown> {
  readonly peer: Owner;
  /** Whether this end began the handshake: only then it renews the key by the clock. */
  readonly isInitiator: boolean;
  /** Index that the peer puts into what it sends. */
  readonly localIndex: number;
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

  /** Reserves `n` counters and returns the first, or -1 when there are no more. */
  takeCounters(n: number): number {
    const first = this.#counter;
    if (first > MAX_COUNTER - n) return -1;
    this.#counter = first + n;
    return first;
  }

  /** The next counter, for a test that needs one near a limit. */
  set counter(next: number) {
    this.#counter = next;
  }

  /** Whether it is still allowed to send and receive with it. */
  isValid(now: Instant): boolean {
    return !this.#destroyed && now - this.createdAt < REJECT_AFTER_TIME;
  }

  mayStillSend(now: Instant): boolean {
    return this.#sends && this.isValid(now);
  }

  /** From now on it is for receiving only. */
  stopSending(): void {
    this.#sends = false;
  }

  /** Whether sending calls for a new handshake: much was sent, or we began it long ago. */
  wantsRekey(now: Instant): boolean {
    const old = this.isInitiator && now - this.createdAt >= REKEY_AFTER_TIME;
    return old || this.#counter >= REKEY_COUNTER;
  }

  destroy(): void {
    this.#destroyed = true;
    this.sendKey.fill(0);
    this.receiveKey.fill(0);
  }
}
