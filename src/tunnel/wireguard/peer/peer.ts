/**
 * A peer: what it is configured to, its keys of now, before and next, and what was counted of it.
 *
 * ```text
 *           initiator: response came       responder: response sent    responder: first packet under next
 * current   new                            unchanged                   the old next
 * next      none                           new                         none
 * previous  the old next and current       unchanged                   the old current
 * ```
 *
 * Only `current` sends; all of them receive. Where both ends begin at once, each has two new keys: its
 * own, which it sends with, and the peer's, which went from `next` to `previous`. Then that of the end
 * with the lesser public key is to stay, and the other end goes over to it with the first packet that
 * comes under it. The kernel forgets an initiation of its own when the peer's comes, which can leave
 * both without a key for 5 s.
 *
 * @see whitepaper §6.3; the kernel's `noise.c`, add_new_keypair
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';
import type { Endpoint, WallTime } from '../../../core/shapes/tunnel-config.ts';
import type { Instant, Nanos } from '../../../core/time.ts';
import { compareKeys } from '../../keys.ts';
import { REKEY_TIMEOUT } from '../constants.ts';
import { Counts } from '../counts.ts';
import type { EngineDeps } from '../engine-deps.ts';
import { CookieHolder } from '../handshake/cookie.ts';
import { type LocalIdentity, type PublicIdentity, publicIdentity } from '../handshake/identity.ts';
import type { InitiatorState } from '../handshake/noise.ts';
import { TIMESTAMP_BYTES } from '../handshake/tai64n.ts';
import type { Keypair } from './keypair.ts';
import { StagedPackets } from './staged-packets.ts';
import { Timers } from './timers.ts';

/** What both ends may still have been sending with when two handshakes crossed. */
const MAX_PREVIOUS = 2;

/** An initiation of ours that waits for its response. */
export interface PendingHandshake {
  readonly localIndex: number;
  readonly state: InitiatorState;
  readonly sentAt: Instant;
}

/** The keys of a session with it. */
export type PeerKeypair = Keypair<Peer>;

/** What of its engine a peer uses. */
export interface PeerEngine {
  readonly deps: EngineDeps;
  readonly local: LocalIdentity | null;
  readonly indices: { delete(index: number): void };
}

export class Peer {
  readonly publicKey: Uint8Array;
  readonly identity: PublicIdentity;
  readonly cookies: CookieHolder;
  readonly timers: Timers;
  readonly staged = new StagedPackets();
  readonly counts = new Counts();
  /** All zero is none. */
  presharedKey: Uint8Array = new Uint8Array(KEY_BYTES);
  endpoint: Endpoint | null = null;
  /** DH of both static keys; `null` without a private key, or with a public key of low order. */
  staticShared: Uint8Array | null = null;

  /** Whether something is to be sent as soon as it can be: what waits, or the first of persistent keepalives. */
  wantsGreeting = true;

  pending: PendingHandshake | null = null;
  /** Retries since the last request for a handshake that was not one. */
  retries = 0;
  /** Initiations of ours since the last handshake that was completed, whatever asked for them. */
  unanswered = 0;
  /** Whether one of them was answered with something that is no right answer. */
  wronglyAnswered = false;
  /** Our responses since then, to which nothing came that is sealed with their key. */
  unconfirmed = 0;
  lastHandshakeSentAt: Instant | null = null;
  lastInitiationAt: Instant | null = null;
  /** TAI64N of the last initiation that was believed. */
  latestTimestamp: Uint8Array = new Uint8Array(TIMESTAMP_BYTES);
  /** Whether the key in use was to be replaced in its last 15 s already. */
  askedInLastMinute = false;

  lastHandshake: { readonly at: Instant; readonly wall: WallTime } | null = null;
  handshakeRttNs: Nanos | null = null;
  txBytes = 0;
  rxBytes = 0;

  /** Newest first. */
  #previous: readonly PeerKeypair[] = [];
  #current: PeerKeypair | null = null;
  #next: PeerKeypair | null = null;
  /** Among the previous ones, that of a handshake that crossed ours. */
  #crossed: PeerKeypair | null = null;
  readonly #engine: PeerEngine;

  constructor(engine: PeerEngine, publicKey: Uint8Array) {
    const p = engine.deps.primitives;
    this.#engine = engine;
    this.publicKey = publicKey.slice();
    this.identity = publicIdentity(p, this.publicKey);
    this.cookies = new CookieHolder(p, this.identity);
    this.timers = new Timers(engine.deps.jitter);
    this.deriveShared();
  }

  /** The key to send with, if there is one that may still be used. */
  sendingKeypair(now: Instant): PeerKeypair | null {
    const current = this.#current;
    return current?.mayStillSend(now) ? current : null;
  }

  /** To be called when the device got another private key. */
  deriveShared(): void {
    const { local, deps } = this.#engine;
    this.staticShared?.fill(0);
    this.staticShared = local && deps.primitives.dh(local.privateKey, this.publicKey);
  }

  /** Takes the keys of a handshake that this end began: they are used at once. */
  useAsInitiator(keypair: PeerKeypair): void {
    this.#crossed = this.#next;
    this.#replaceCurrent(keypair, this.#next);
    this.#next = null;
  }

  /** Takes the keys of a handshake that the peer began: they wait for a packet that proves that it has them. */
  offerAsResponder(keypair: PeerKeypair): void {
    this.#forget(this.#next);
    this.#next = keypair;
  }

  /** Notes that a packet came that was sealed with this key. Returns whether it is in use only now. */
  confirm(keypair: PeerKeypair): boolean {
    const isNext = keypair === this.#next;
    if (!isNext && !(keypair === this.#crossed && this.#yields())) return false;
    if (isNext) this.#next = null;
    this.#crossed = null;
    this.#replaceCurrent(keypair, null);
    this.forgetPending();
    return true;
  }

  /** Nothing more is sent with the keys of now: the next packet begins a handshake. */
  stopSending(): void {
    this.#current?.stopSending();
    this.#next?.stopSending();
    this.#crossed = null;
    this.lastHandshakeSentAt = null;
  }

  /** Whether an initiation of ours may still be answered before it is sent again. */
  isHandshakeUnderWay(now: Instant): boolean {
    return this.pending !== null && now - this.pending.sentAt < REKEY_TIMEOUT;
  }

  forgetPending(): void {
    if (!this.pending) return;
    this.#engine.indices.delete(this.pending.localIndex);
    this.pending.state.chainingKey.fill(0);
    this.pending.state.ephemeralPrivate.fill(0);
    this.pending = null;
  }

  /** A handshake was completed, or nothing is known of those before. */
  forgetFailures(): void {
    this.unanswered = 0;
    this.wronglyAnswered = false;
    this.unconfirmed = 0;
  }

  /** Zeroes all keys of sessions. */
  zeroSessions(): void {
    this.#forget(...this.#previous, this.#current, this.#next);
    this.#previous = [];
    this.#current = null;
    this.#next = null;
    this.#crossed = null;
  }

  /** Forgets all that a device forgets when it goes down. */
  stop(): void {
    this.forgetPending();
    this.zeroSessions();
    this.timers.stop();
    this.staged.take();
    this.lastHandshakeSentAt = null;
    this.wantsGreeting = true;
    this.forgetFailures();
  }

  /** Zeroes everything that is secret. */
  destroy(): void {
    this.stop();
    this.cookies.destroy();
    this.presharedKey.fill(0);
    this.staticShared?.fill(0);
  }

  /** Whether the peer's handshake is to stay where two crossed. */
  #yields(): boolean {
    const { local } = this.#engine;
    return local !== null && compareKeys(this.publicKey, local.publicKey) < 0;
  }

  /** Keeps the keys of now, and `unused`, for what is still on its way; what is too old for that is zeroed. */
  #replaceCurrent(keypair: PeerKeypair, unused: PeerKeypair | null): void {
    const previous: PeerKeypair[] = [];
    for (const replaced of [unused, this.#current, ...this.#previous]) {
      if (replaced === null || replaced === keypair) continue;
      if (previous.length < MAX_PREVIOUS && replaced.isValid(keypair.createdAt)) previous.push(replaced);
      else this.#forget(replaced);
    }
    this.#previous = previous;
    this.#current = keypair;
  }

  #forget(...keypairs: readonly (PeerKeypair | null)[]): void {
    for (const keypair of keypairs) {
      if (!keypair) continue;
      this.#engine.indices.delete(keypair.localIndex);
      keypair.destroy();
    }
  }
}
