/**
 * What a peer's timers do when they are due.
 *
 * @see whitepaper §6; the kernel's `timers.c`
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { Engine } from '../engine.ts';
import { forgetSource, requestHandshake, retryHandshake } from '../handshake/initiation.ts';
import { sendKeepalive } from '../transport.ts';
import type { Peer } from './peer.ts';
import type { Timer } from './timers.ts';

export function handleTimeouts(engine: Engine, peer: Peer, now: Instant): void {
  for (let due = peer.timers.takeDue(now); due; due = peer.timers.takeDue(now)) expire(engine, peer, due, now);
}

function expire(engine: Engine, peer: Peer, timer: Timer, now: Instant): void {
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
      // A packet after a long sleep may have come before this timer: what it began is to be answered.
      if (!peer.isHandshakeUnderWay(now)) peer.forgetPending();
      peer.zeroSessions();
      return engine.log.tell(peer, now, { tag: 'keys-zeroed' });
    case 'persistent-keepalive':
      // Armed anew by what is sent; but nothing is as long as the last handshake is less than 5 s ago.
      peer.timers.armPersistent(now);
      return sendKeepalive(engine, peer, now);
    default:
      return timer satisfies never;
  }
}
