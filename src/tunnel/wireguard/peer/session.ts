/**
 * Actions common to both ends: after a completed handshake, and after an authentic message of a peer.
 *
 * @module
 */

import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../../core/time.ts';
import type { EngineState } from '../engine.ts';
import type { Peer } from './peer.ts';

/** Records a completed handshake: this end knows that both ends have the keys. */
export function beginSession(engine: EngineState, peer: Peer, now: Instant): void {
  peer.timers.handshakeComplete();
  peer.retries = 0;
  peer.forgetFailures();
  peer.requestedBeforeExpiry = false;
  peer.lastHandshake = { at: now, wall: engine.deps.wall() };
  engine.timersChanged(peer);
}

/** Sets the endpoint to the source of an initiation, and the source address to its destination (whitepaper §2.1). */
export function noteInitiationSource(engine: EngineState, peer: Peer, from: Endpoint, now: Instant): void {
  moveTo(engine, peer, from, now);
}

/**
 * Sets the endpoint to the source of an authentic message (roaming, whitepaper §2.1).
 *
 * If the peer initiated the session, the source address for sending is the one that the peer sent to, since it may not
 * accept packets from another. If this end initiated it, the peer only answers, and the source address does not change.
 *
 * @param isOurs - whether this end initiated the session
 */
export function noteSource(engine: EngineState, peer: Peer, from: Endpoint, isOurs: boolean, now: Instant): void {
  const { endpoint } = peer;
  if (endpoint === from) return;
  const isSameContact = endpoint?.localAddress === from.localAddress;
  if ((isOurs || isSameContact) && endpoint?.address === from.address && endpoint.port === from.port) return;
  const { address, port } = from;
  moveTo(engine, peer, isOurs && !isSameContact ? { address, port } : from, now);
}

function moveTo(engine: EngineState, peer: Peer, to: Endpoint, now: Instant): void {
  const from = peer.endpoint;
  peer.endpoint = to;
  if (!from || (from.address === to.address && from.port === to.port)) return;
  engine.log.report(peer, now, { tag: 'roamed', from, to });
}
