/**
 * Sends initiations: at most one per REKEY_TIMEOUT, with retries until REKEY_ATTEMPT_TIME.
 *
 * @see whitepaper §5.4.2, §6.4; the kernel's `send.c` and `timers.c`
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';
import type { Instant } from '../../../core/time.ts';
import { MAX_HANDSHAKE_ATTEMPTS, REKEY_TIMEOUT } from '../constants.ts';
import type { EngineState } from '../engine.ts';
import type { HandshakeCause } from '../events.ts';
import { logKeys } from '../keylog.ts';
import type { Peer } from '../peer/peer.ts';
import { createInitiation } from './noise.ts';

/** Begins a handshake. An initiation is sent at most every 5 s, for any cause. */
export function requestHandshake(engine: EngineState, peer: Peer, cause: HandshakeCause, now: Instant): void {
  // A request that is not a retry shows that keys are still needed, so retries continue.
  if (cause !== 'retry') peer.retries = 0;
  if (peer.lastHandshakeSentAt !== null && now - peer.lastHandshakeSentAt < REKEY_TIMEOUT) return;
  const { local, deps } = engine;
  const { endpoint, staticShared } = peer;
  if (!engine.isUp || !local || !endpoint || !staticShared) return;
  peer.forgetPending();
  const localIndex = engine.indices.add({ tag: 'handshake', peer });
  const ephemeralPrivate = deps.random(KEY_BYTES);
  const timestamp = engine.timestamps.next();
  const fields = { senderIndex: localIndex, ephemeralPrivate, timestamp };
  const created = createInitiation(deps.primitives, local, peer.publicKey, staticShared, fields);
  if (!created) return engine.indices.delete(localIndex);
  logKeys(deps.keylog, local, peer, ephemeralPrivate);
  const { message, state } = created;
  peer.pending = { localIndex, state, sentAt: now };
  peer.cookies.addMacs(message, now);
  peer.lastHandshakeSentAt = now;
  peer.txBytes += message.length;
  peer.timers.authenticatedSent(now);
  peer.timers.initiationSent(now);
  engine.timersChanged(peer);
  engine.transmit({ to: endpoint, bytes: message, ecn: 0 });
  const attempt = ++peer.unanswered;
  const { wronglyAnswered } = peer;
  engine.log.report(peer, now, { tag: 'initiation-sent', cause, attempt, wronglyAnswered, to: endpoint });
}

/** Sends another initiation; after 90 s without an answer, gives up until the next request that is not a retry. */
export function retryHandshake(engine: EngineState, peer: Peer, now: Instant): void {
  if (peer.retries > MAX_HANDSHAKE_ATTEMPTS) {
    peer.timers.gaveUp(now);
    engine.timersChanged(peer);
    engine.log.report(peer, now, {
      tag: 'handshake-failed',
      attempts: peer.unanswered,
      wronglyAnswered: peer.wronglyAnswered,
    });
    const lost = peer.staged.take().length;
    if (lost > 0) engine.log.drop(peer, now, 'handshake-given-up', lost);
    return;
  }
  peer.retries++;
  forgetSource(peer);
  requestHandshake(engine, peer, 'retry', now);
}

/**
 * Drops the source address, so that the route determines it again: the address in use may be why nothing is received.
 */
export function forgetSource(peer: Peer): void {
  if (peer.endpoint) peer.endpoint = { address: peer.endpoint.address, port: peer.endpoint.port };
}
