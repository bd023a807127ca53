/**
 * A peer: its configuration, its current, previous and next sessions, and its counts.
 *
 * ```text
 *           initiator: response received   responder: response sent    responder: first packet with next
 * current   new                            unchanged                   the former next
 * next      none                           new                         none
 * previous  the former next and current    unchanged                   the former current
 * ```
 *
 * Only `current` sends; all of them receive. If both ends begin a handshake at the same time, each has two new
 * sessions: that of its own handshake, with which it sends, and that of the peer's, which moved from `next` to
 * `previous`. Then both ends use the one initiated by the end with the smaller public key: the other end switches
 * to it with the first packet received with it. The kernel discards its own initiation when it receives the
 * peer's, which can leave both without a key for 5 s.
 *
 * @see whitepaper §6.3; the kernel's `noise.c`, add_new_keypair
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';
import type { Endpoint, WallTime } from '../../../core/shapes/tunnel-config.ts';
import type { Instant, Nanos } from '../../../core/time.ts';
import { compareKeys } from '../../keys.ts';
import { REKEY_TIMEOUT } from '../constants.ts';
import { EventCounts } from '../counts.ts';
import type { EngineDeps } from '../engine-deps.ts';
import { CookieGenerator } from '../handshake/cookie.ts';
import { type LocalIdentity, type PublicIdentity, publicIdentity } from '../handshake/identity.ts';
import type { InitiatorState } from '../handshake/noise.ts';
import { TIMESTAMP_BYTES } from '../handshake/tai64n.ts';
import type { Keypair } from './keypair.ts';
import { StagedPackets } from './staged-packets.ts';
import { Timers } from './timers.ts';

/** Two previous sessions, since both may have packets on the way after two handshakes at the same time. */
const MAX_PREVIOUS = 2;

/** A sent initiation that was not answered yet. */
export interface PendingHandshake {
  readonly localIndex: number;
  readonly state: InitiatorState;
  readonly sentAt: Instant;
}

/** A session with a peer. */
export type PeerKeypair = Keypair<Peer>;

/** The parts of the engine that a peer uses. */
export interface PeerEngine {
  readonly deps: EngineDeps;
  readonly local: LocalIdentity | null;
  readonly indices: { delete(index: number): void };
}

/** One peer of a device. */
export class Peer {
  readonly publicKey: Uint8Array;
  readonly identity: PublicIdentity;
  readonly cookies: CookieGenerator;
  readonly timers: Timers;
  readonly staged = new StagedPackets();
  readonly counts = new EventCounts();
  /** All zero if there is none. */
  presharedKey: Uint8Array = new Uint8Array(KEY_BYTES);
  endpoint: Endpoint | null = null;
  /** DH of both static keys; `null` without a private key, or with a public key of low order. */
  staticShared: Uint8Array | null = null;

  /** Whether to send as soon as possible: queued packets, or the first persistent keepalive. */
  sendsWhenReady = true;

  pending: PendingHandshake | null = null;
  /** Retries since the last request for a handshake that was not a retry. */
  retries = 0;
  /** Sent initiations since the last completed handshake. */
  unanswered = 0;
  /** Whether one of them was answered with an invalid response. */
  wronglyAnswered = false;
  /** Sent responses since then, after which no message with their key was received. */
  unconfirmed = 0;
  lastHandshakeSentAt: Instant | null = null;
  lastInitiationAt: Instant | null = null;
  /** TAI64N timestamp of the last authentic initiation. */
  latestTimestamp: Uint8Array = new Uint8Array(TIMESTAMP_BYTES);
  /** Whether a handshake was already requested because the current key expires in 15 s. */
  requestedBeforeExpiry = false;

  lastHandshake: { readonly at: Instant; readonly wall: WallTime } | null = null;
  handshakeRttNs: Nanos | null = null;
  txBytes = 0;
  rxBytes = 0;

  /** Previous sessions, newest first. */
  #previous: readonly PeerKeypair[] = [];
  #current: PeerKeypair | null = null;
  #next: PeerKeypair | null = null;
  /** The previous session whose handshake the peer began at the same time as this end the current one. */
  #crossed: PeerKeypair | null = null;
  readonly #engine: PeerEngine;

  constructor(engine: PeerEngine, publicKey: Uint8Array) {
    const p = engine.deps.primitives;
    this.#engine = engine;
    this.publicKey = publicKey.slice();
    this.identity = publicIdentity(p, this.publicKey);
    this.cookies = new CookieGenerator(p, this.identity);
    this.timers = new Timers(engine.deps.jitter);
    this.deriveShared();
  }

  /** The session to send with; `null` if there is none, or if it has expired. */
  sendingKeypair(now: Instant): PeerKeypair | null {
    const current = this.#current;
    return current?.mayStillSend(now) ? current : null;
  }

  /** Computes the DH of the static keys. Must be called when the private key of the device changes. */
  deriveShared(): void {
    const { local, deps } = this.#engine;
    this.staticShared?.fill(0);
    this.staticShared = local && deps.primitives.dh(local.privateKey, this.publicKey);
  }

  /** Adds a session that this end initiated; it is used at once. */
  useAsInitiator(keypair: PeerKeypair): void {
    this.#crossed = this.#next;
    this.#replaceCurrent(keypair, this.#next);
    this.#next = null;
  }

  /** Adds a session that the peer initiated; it is used after a packet proves that the peer has its keys. */
  offerAsResponder(keypair: PeerKeypair): void {
    this.#forget(this.#next);
    this.#next = keypair;
  }

  /** Records that an authentic packet of a session was received. Returns whether the session became the current one. */
  confirm(keypair: PeerKeypair): boolean {
    const isNext = keypair === this.#next;
    if (!isNext && !(keypair === this.#crossed && this.#yields())) return false;
    if (isNext) this.#next = null;
    this.#crossed = null;
    this.#replaceCurrent(keypair, null);
    this.forgetPending();
    return true;
  }

  /** Stops sending with the existing sessions: the next packet begins a handshake. */
  stopSending(): void {
    this.#current?.stopSending();
    this.#next?.stopSending();
    this.#crossed = null;
    this.lastHandshakeSentAt = null;
  }

  /** Whether an initiation was sent less than REKEY_TIMEOUT ago and is not answered yet. */
  isHandshakeUnderWay(now: Instant): boolean {
    return this.pending !== null && now - this.pending.sentAt < REKEY_TIMEOUT;
  }

  /** Discards the sent initiation and zeroes its secrets. */
  forgetPending(): void {
    if (!this.pending) return;
    this.#engine.indices.delete(this.pending.localIndex);
    this.pending.state.chainingKey.fill(0);
    this.pending.state.ephemeralPrivate.fill(0);
    this.pending = null;
  }

  /** Resets the counts of failed handshakes. */
  forgetFailures(): void {
    this.unanswered = 0;
    this.wronglyAnswered = false;
    this.unconfirmed = 0;
  }

  /** Ends all sessions and zeroes their keys. */
  zeroSessions(): void {
    this.#forget(...this.#previous, this.#current, this.#next);
    this.#previous = [];
    this.#current = null;
    this.#next = null;
    this.#crossed = null;
  }

  /** Resets sessions, timers and queue, as when the device goes down. */
  stop(): void {
    this.forgetPending();
    this.zeroSessions();
    this.timers.stop();
    this.staged.take();
    this.lastHandshakeSentAt = null;
    this.sendsWhenReady = true;
    this.forgetFailures();
  }

  /** Zeroes all secrets. The peer must not be used afterwards. */
  destroy(): void {
    this.stop();
    this.cookies.destroy();
    this.presharedKey.fill(0);
    this.staticShared?.fill(0);
  }

  /** Whether, after two handshakes at the same time, the session of the peer's handshake is used. */
  #yields(): boolean {
    const { local } = this.#engine;
    return local !== null && compareKeys(this.publicKey, local.publicKey) < 0;
  }

  /** Keeps the current session and `unused` for packets that are still on the way; older ones are zeroed. */
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
