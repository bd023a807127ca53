/**
 * The actions of a peer's timers.
 *
 * @see whitepaper §6; the kernel's `timers.c`
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { EngineState } from '../engine.ts';
import { forgetSource, requestHandshake, retryHandshake } from '../handshake/initiation.ts';
import { sendKeepalive } from '../transport.ts';
import type { Peer } from './peer.ts';
import type { Timer } from './timers.ts';

/** Handles all timers of a peer that are due. */
export function handleTimeouts(engine: EngineState, peer: Peer, now: Instant): void {
  for (let due = peer.timers.takeDue(now); due; due = peer.timers.takeDue(now)) expire(engine, peer, due, now);
}

function expire(engine: EngineState, peer: Peer, timer: Timer, now: Instant): void {
  switch (timer) {
    case 'retransmit':
      return retryHandshake(engine, peer, now);
    case 'keepalive':
      sendKeepalive(engine, peer, now);
      return peer.timers.keepaliveSent(now);
    case 'new-handshake':
      forgetSource(peer);
      return requestHandshake(engine, peer, 'no-answer', now);
    case 'zero-keys':
      // After the host was suspended, a packet may have begun a handshake before this timer is handled: keep it.
      if (!peer.isHandshakeUnderWay(now)) peer.forgetPending();
      peer.zeroSessions();
      return engine.log.report(peer, now, { tag: 'keys-zeroed' });
    case 'persistent-keepalive':
      // Sending restarts this timer, but nothing is sent within 5 s after the last initiation.
      peer.timers.armPersistent(now);
      return sendKeepalive(engine, peer, now);
    default:
      return timer satisfies never;
  }
}
