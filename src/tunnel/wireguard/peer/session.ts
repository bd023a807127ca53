/**
 * What both ends of a handshake do when it is done, and when something authentic comes from a peer.
 *
 * @module
 */

import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../../core/time.ts';
import type { Engine } from '../engine.ts';
import type { Peer } from './peer.ts';

/** Both ends have the keys, and know it. */
export function beginSession(engine: Engine, peer: Peer, now: Instant): void {
  peer.timers.handshakeComplete();
  peer.retries = 0;
  peer.forgetFailures();
  peer.askedInLastMinute = false;
  peer.lastHandshake = { at: now, wall: engine.deps.wall() };
  engine.armed(peer);
}

/** Answers the peer that begins a handshake where it is now, from the address that it wrote to (whitepaper §2.1). */
export function contactedFrom(engine: Engine, peer: Peer, from: Endpoint, now: Instant): void {
  moveTo(engine, peer, from, now);
}

/**
 * Sends to where the peer was heard last.
 *
 * From which address is the peer's choice where it began the session: it may hear no other. Where this end began, the
 * peer only answers, and the choice that was made, by whomever, stays.
 *
 * @param isOurs - whether this end began the session
 */
export function heardFrom(engine: Engine, peer: Peer, from: Endpoint, isOurs: boolean, now: Instant): void {
  const { endpoint } = peer;
  if (endpoint === from) return;
  const isSameContact = endpoint?.cameTo === from.cameTo;
  if ((isOurs || isSameContact) && endpoint?.address === from.address && endpoint.port === from.port) return;
  const { address, port } = from;
  moveTo(engine, peer, isOurs && !isSameContact ? { address, port } : from, now);
}

function moveTo(engine: Engine, peer: Peer, to: Endpoint, now: Instant): void {
  const from = peer.endpoint;
  peer.endpoint = to;
  if (!from || (from.address === to.address && from.port === to.port)) return;
  engine.log.tell(peer, now, { tag: 'roamed', from, to });
}
