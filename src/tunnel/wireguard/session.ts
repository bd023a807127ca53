/**
 * What both ends of a handshake do when it is done, and when something authentic comes from a peer.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import type { Endpoint } from '../../core/tunnel-config.ts';
import type { Engine } from './engine.ts';
import type { Peer } from './peer.ts';

/** Both ends have the keys, and know it. */
export function beginSession(engine: Engine, peer: Peer, now: Instant): void {
  peer.timers.handshakeComplete();
  peer.retries = 0;
  peer.askedInLastMinute = false;
  peer.lastHandshake = { at: now, wall: engine.deps.wall() };
  engine.armed(peer);
}

/** Sends to where the peer was heard last, and from the address that it wrote to (whitepaper §2.1). */
export function moveTo(engine: Engine, peer: Peer, from: Endpoint, now: Instant): void {
  const before = peer.endpoint;
  if (before === from) return;
  peer.endpoint = from;
  if (!before || (before.address === from.address && before.port === from.port)) return;
  engine.log.tell(peer, now, { tag: 'roamed', from: before, to: from });
}
