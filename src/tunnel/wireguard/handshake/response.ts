/**
 * Handles the answers to an initiation: a response, which completes the handshake, and a cookie reply.
 *
 * @see whitepaper §5.4.3, §5.4.7; the kernel's `receive.c`
 * @module
 */

import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../../core/time.ts';
import type { CookieReply, Response } from '../../../wire/wireguard.ts';
import type { EngineState } from '../engine.ts';
import { Keypair } from '../peer/keypair.ts';
import { beginSession, noteSource } from '../peer/session.ts';
import { sendKeepalive, sendStaged } from '../transport.ts';
import { consumeResponse } from './noise.ts';

/** Completes a handshake at the initiator. An invalid response is dropped and the handshake goes on. */
export function handleResponse(engine: EngineState, message: Response, from: Endpoint, now: Instant): void {
  const entry = engine.indices.get(message.receiverIndex);
  const peer = entry?.tag === 'handshake' ? entry.peer : null;
  const { local, deps, log } = engine;
  if (!peer?.pending || !local) return log.drop(null, now, 'unknown-index');
  const { localIndex, state, sentAt } = peer.pending;
  const keys = consumeResponse(deps.primitives, state, local, peer.presharedKey, message);
  if (!keys) {
    peer.wronglyAnswered = true;
    return log.drop(peer, now, 'bad-response');
  }
  peer.pending = null;
  const remoteIndex = message.senderIndex;
  const keypair = new Keypair({ peer, isInitiator: true, localIndex, remoteIndex, keys, createdAt: now });
  engine.indices.replace(localIndex, { tag: 'keypair', keypair });
  peer.useAsInitiator(keypair);
  peer.rxBytes += message.bytes.length;
  peer.handshakeRttNs = now - sentAt;
  noteSource(engine, peer, from, true, now);
  log.report(peer, now, { tag: 'response-received', from, rttNs: now - sentAt });
  peer.timers.sessionDerived(now);
  peer.timers.authenticatedReceived(now);
  beginSession(engine, peer, now);
  // The responder does not send before it has received a message encrypted with the new key.
  if (peer.staged.length > 0) sendStaged(engine, peer, now);
  else sendKeepalive(engine, peer, now);
}

/** Keeps a cookie for the next message. It does not cause a message to be sent, and does not change the endpoint. */
export function handleCookieReply(engine: EngineState, message: CookieReply, now: Instant): void {
  const entry = engine.indices.get(message.receiverIndex);
  if (!entry) return engine.log.drop(null, now, 'unknown-index');
  const peer = entry.tag === 'handshake' ? entry.peer : entry.keypair.peer;
  if (peer.cookies.consume(message, now)) engine.log.report(peer, now, { tag: 'cookie-received' });
  else engine.log.drop(peer, now, 'bad-cookie');
}
