/**
 * Receives all handshake messages, and answers initiations.
 *
 * Messages wait in a queue, so that a flood of them delays neither data nor timers. Cheap checks come first:
 * mac1, which proves that the sender knows our public key; under load also mac2, which proves its address, and
 * the rate limit of the source. The expensive X25519 comes last.
 *
 * @see whitepaper §5.3, §5.4.3, §5.4.7; the kernel's `receive.c` and `noise.c`
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../../core/time.ts';
import { decodeMessage, type Initiation, type Response } from '../../../wire/wireguard.ts';
import { isZeroKey } from '../../keys.ts';
import { INITIATION_SPACING, MAX_QUEUED_HANDSHAKES, UNDER_LOAD_HANDSHAKES, UNDER_LOAD_TIME } from '../constants.ts';
import type { EngineState } from '../engine.ts';
import { logKeys } from '../keylog.ts';
import { Keypair } from '../peer/keypair.ts';
import type { Peer } from '../peer/peer.ts';
import type { PeerTable } from '../peer/peer-table.ts';
import { noteInitiationSource } from '../peer/session.ts';
import { isReportDue } from '../report-interval.ts';
import { CookieChecker } from './cookie.ts';
import type { LocalIdentity } from './identity.ts';
import { authenticateInitiation, createResponse, decryptInitiation } from './noise.ts';
import { RateLimiter } from './rate-limiter.ts';
import { handleCookieReply, handleResponse } from './response.ts';
import { isAfter } from './tai64n.ts';

interface Queued {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

/** Queue and handling of handshake messages of one device. */
export class Responder {
  readonly #engine: EngineState;
  readonly #peers: PeerTable;
  readonly #checker: CookieChecker;
  readonly #limiter = new RateLimiter();
  readonly #queue: (Queued | undefined)[] = [];
  #head = 0;
  #loadedUntil: Instant = -Infinity;

  constructor(engine: EngineState, peers: PeerTable) {
    this.#engine = engine;
    this.#peers = peers;
    this.#checker = new CookieChecker(engine.deps.primitives, engine.deps.random);
  }

  /** Number of queued messages. */
  get queued(): number {
    return this.#queue.length - this.#head;
  }

  /** Queues a copy of a message for `work`, or drops it if the queue is full. */
  enqueue(bytes: Uint8Array, from: Endpoint, now: Instant): void {
    if (this.queued >= MAX_QUEUED_HANDSHAKES) return this.#engine.log.drop(null, now, 'handshake-queue-full');
    this.#queue.push({ bytes: bytes.slice(), from });
  }

  /** Empties the queue. */
  clear(): void {
    this.#queue.length = 0;
    this.#head = 0;
  }

  /** Empties the queue and zeroes the secret of the cookies. */
  destroy(): void {
    this.clear();
    this.#checker.destroy();
  }

  /** Handles at most `limit` queued messages. */
  work(limit: number, now: Instant): void {
    for (let done = 0; done < limit && this.queued > 0; done++) {
      const underLoad = this.#isUnderLoad(now);
      const next = this.#queue[this.#head];
      this.#queue[this.#head++] = undefined;
      if (next) this.#handle(next, underLoad, now);
    }
    if (this.#head < MAX_QUEUED_HANDSHAKES && this.queued > 0) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }

  #isUnderLoad(now: Instant): boolean {
    const { queued } = this;
    if (queued >= UNDER_LOAD_HANDSHAKES) {
      if (now >= this.#loadedUntil) this.#engine.log.report(null, now, { tag: 'under-load', queued });
      this.#loadedUntil = now + UNDER_LOAD_TIME;
    }
    return now < this.#loadedUntil;
  }

  #handle({ bytes, from }: Queued, underLoad: boolean, now: Instant): void {
    const { local, log } = this.#engine;
    const message = decodeMessage(bytes);
    if (!message || message.tag === 'data') return log.drop(null, now, 'not-wireguard');
    if (!local) return log.drop(null, now, 'not-for-us');
    if (message.tag === 'cookie-reply') return handleCookieReply(this.#engine, message, now);
    if (!this.#checker.hasMac1(local, bytes)) return log.drop(null, now, 'bad-mac1', 1, () => from.address);
    if (underLoad && !this.#isAdmitted(local, message, from, now)) return;
    if (message.tag === 'response') return handleResponse(this.#engine, message, from, now);
    this.#handleInitiation(local, message, from, now);
  }

  #isAdmitted(local: LocalIdentity, message: Initiation | Response, from: Endpoint, now: Instant): boolean {
    const { log } = this.#engine;
    if (!this.#checker.hasMac2(from, message.bytes, now)) {
      const reply = this.#checker.reply(local, from, message.bytes, message.senderIndex, now);
      this.#engine.transmit({ to: from, bytes: reply, ecn: 0 });
      log.report(null, now, { tag: 'cookie-sent', to: from });
      return false;
    }
    if (this.#limiter.allow(from.address, now)) return true;
    log.drop(null, now, 'rate-limited', 1, () => from.address);
    return false;
  }

  /** The state of the peer does not change before the timestamp has proved that the initiation is not a replay. */
  #handleInitiation(local: LocalIdentity, message: Initiation, from: Endpoint, now: Instant): void {
    const { deps, log } = this.#engine;
    const decrypted = decryptInitiation(deps.primitives, local, message);
    if (!decrypted) return log.drop(null, now, 'not-for-us', 1, () => from.address);
    const peer = this.#peers.get(decrypted.remoteStatic);
    if (!peer?.staticShared) {
      decrypted.chainingKey.fill(0);
      return log.drop(null, now, 'unknown-peer', 1, () => from.address);
    }
    const authentic = authenticateInitiation(deps.primitives, decrypted, message, peer.staticShared);
    if (!authentic) return log.drop(peer, now, 'forged-initiation');
    const refusal = refusalOf(peer, authentic.timestamp, now);
    if (refusal !== null) {
      authentic.state.chainingKey.fill(0);
      return log.drop(peer, now, refusal);
    }
    peer.latestTimestamp = authentic.timestamp;
    peer.lastInitiationAt = now;
    peer.rxBytes += message.bytes.length;
    noteInitiationSource(this.#engine, peer, from, now);
    peer.timers.authenticatedReceived(now);
    log.report(peer, now, { tag: 'initiation-received', from });
    this.#noteUnconfirmed(peer, now);
    this.#respond(local, peer, authentic.state, now);
  }

  #respond(local: LocalIdentity, peer: Peer, state: Parameters<typeof createResponse>[1], now: Instant): void {
    const engine = this.#engine;
    const { deps, indices, log } = engine;
    const to = peer.endpoint;
    if (!to) return void state.chainingKey.fill(0);
    const localIndex = indices.add({ tag: 'handshake', peer });
    const ephemeralPrivate = deps.random(KEY_BYTES);
    logKeys(deps.keylog, local, peer, ephemeralPrivate);
    const fields = { senderIndex: localIndex, ephemeralPrivate };
    const response = createResponse(deps.primitives, state, peer.publicKey, peer.presharedKey, fields);
    if (!response) return indices.delete(localIndex);
    const { message, keys } = response;
    const { remoteIndex } = state;
    const keypair = new Keypair({ peer, isInitiator: false, localIndex, remoteIndex, keys, createdAt: now });
    indices.replace(localIndex, { tag: 'keypair', keypair });
    peer.offerAsResponder(keypair);
    peer.unconfirmed++;
    peer.cookies.addMacs(message, now);
    peer.lastHandshakeSentAt = now;
    peer.txBytes += message.length;
    peer.timers.sessionDerived(now);
    peer.timers.authenticatedSent(now);
    engine.timersChanged(peer);
    engine.transmit({ to, bytes: message, ecn: 0 });
    log.report(peer, now, { tag: 'response-sent', to });
  }

  /**
   * Reports a peer that sends initiations again although they were answered: the responses are lost, or it does not
   * accept them, for example because the preshared keys differ, which only the response shows (whitepaper §5.4.3).
   */
  #noteUnconfirmed(peer: Peer, now: Instant): void {
    const responses = peer.unconfirmed;
    if (!isReportDue(responses)) return;
    const hasPresharedKey = !isZeroKey(peer.presharedKey);
    this.#engine.log.report(peer, now, { tag: 'not-confirmed', responses, hasPresharedKey });
  }
}

/** Why an authentic initiation is not answered; `null` if it is. */
function refusalOf(peer: Peer, timestamp: Uint8Array, now: Instant): 'old-timestamp' | 'initiation-flood' | null {
  if (!isAfter(timestamp, peer.latestTimestamp)) return 'old-timestamp';
  if (peer.lastInitiationAt !== null && now - peer.lastInitiationAt < INITIATION_SPACING) return 'initiation-flood';
  return null;
}
