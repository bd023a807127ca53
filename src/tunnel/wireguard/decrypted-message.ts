/**
 * Checks of a decrypted data message, in their order, for every driver of the engine. The drop reasons are on the
 * right.
 *
 * ```text
 * tag        computed with the key of the session                     bad-tag
 * counter    not received before, and not too old                     replayed
 *            ── from here on, the message counts as received ──
 * keepalive  the message is empty
 * length     an IP packet that fits in the message                    not-ip
 * source     an address that the peer may use                         source-not-allowed
 * ECN        the outer ECN field is applied to the packet (RFC 6040)  congestion-marked
 * ```
 *
 * @see whitepaper §5.4.6
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { innerLength } from '../../wire/ip.ts';
import { decapsulateEcn } from '../offload/ecn.ts';
import type { AllowedIps } from './allowed-ips.ts';
import type { EventLog } from './counts.ts';
import { innerSourceText, sourceOwner } from './inner-addresses.ts';
import type { Peer, PeerKeypair } from './peer/peer.ts';

/** The message is forged or a replay: it must not affect any state but the count of drops. */
export const REFUSED = -2;
/** The message is authentic, but its packet was dropped. */
export const DROPPED = -1;
/** The message is authentic and empty. */
export const KEEPALIVE = 0;

/** A decrypted message. A driver may use one object for all messages. */
export class DecryptedMessage {
  /** Whether the tag is correct. */
  isAuthentic = false;
  counterHigh = 0;
  counterLow = 0;
  /** Memory that contains the packet, from `at` on, and its padding. */
  bytes: Uint8Array;
  at = 0;
  /** Length of the packet and its padding; 0 for a keepalive. */
  length = 0;
  /** ECN field of the outer IP header; 0 if it is not known. */
  outerEcn = 0;

  /** @param bytes - memory for its packets */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Input of the checks, and the log for drops. */
export interface ReceiveContext {
  readonly allowedIps: AllowedIps<Peer>;
  readonly log: EventLog;
}

/**
 * Checks a message, marks its counter as received, and sets the ECN field of the packet. A dropped message is counted.
 *
 * @returns length of the packet to deliver; otherwise `KEEPALIVE`, `DROPPED` or `REFUSED`
 */
export function checkDecrypted(
  { allowedIps, log }: ReceiveContext,
  { peer, replay }: PeerKeypair,
  message: DecryptedMessage,
  now: Instant,
): number {
  const { bytes, at, length } = message;
  if (!message.isAuthentic) {
    log.drop(peer, now, 'bad-tag');
    return REFUSED;
  }
  if (!replay.accept(message.counterHigh, message.counterLow)) {
    log.drop(peer, now, 'replayed');
    return REFUSED;
  }
  if (length === 0) return KEEPALIVE;
  const packetBytes = innerLength(bytes, at, length);
  if (packetBytes < 0) {
    log.drop(peer, now, 'not-ip');
    return DROPPED;
  }
  if (sourceOwner(allowedIps, bytes, at) !== peer) {
    log.drop(peer, now, 'source-not-allowed', 1, () => innerSourceText(bytes, at));
    return DROPPED;
  }
  if (!decapsulateEcn(bytes, at, message.outerEcn)) {
    log.drop(peer, now, 'congestion-marked');
    return DROPPED;
  }
  return packetBytes;
}
