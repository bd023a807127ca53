/**
 * What becomes of a data message that was decrypted: all checks, in their order, for every driver of the engine.
 *
 * ```text
 * tag        made with the key of the session                         bad-tag
 * counter    not received before, and not too old                     replayed
 *            ── the message counts as received from here on ──
 * keepalive  nothing is inside
 * length     an IP packet that lies within the message                not-ip
 * source     one that the peer may use                                source-not-allowed
 * ECN        marks of the path are brought into the packet (RFC 6040) congestion-marked
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
import { sourceOwner, sourceText } from './inner-addresses.ts';
import type { Peer, PeerKeypair } from './peer/peer.ts';

/** The message was forged or is a replay: nothing is to be noted of it but the drop. */
export const REFUSED = -2;
/** The peer sent the message, and what is inside goes no further. */
export const DROPPED = -1;
/** The peer sent the message, and nothing is inside. */
export const KEEPALIVE = 0;

/** One decrypted message. A driver uses the same object for all of them. */
export class OpenedMessage {
  /** Whether the tag is right. */
  isAuthentic = false;
  counterHigh = 0;
  counterLow = 0;
  /** Where the packet is, with the padding after it. */
  bytes: Uint8Array;
  at = 0;
  /** Octets of the packet and its padding; 0 for a keepalive. */
  length = 0;
  /** ECN field of the IP header that the message came under; 0 where that is not known. */
  outerEcn = 0;

  /** @param bytes - memory that its packets lie in */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** What the checks ask, and where they count what is dropped. */
export interface Receiving {
  readonly allowedIps: AllowedIps<Peer>;
  readonly log: EventLog;
}

/**
 * Checks a message, marks its counter as received, and writes the ECN field of the packet. What is dropped is counted.
 *
 * @returns octets of the packet, which is to be delivered; else `KEEPALIVE`, `DROPPED` or `REFUSED`
 */
export function checkOpened(
  { allowedIps, log }: Receiving,
  { peer, replay }: PeerKeypair,
  message: OpenedMessage,
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
    log.drop(peer, now, 'source-not-allowed', 1, () => sourceText(bytes, at));
    return DROPPED;
  }
  if (!decapsulateEcn(bytes, at, message.outerEcn)) {
    log.drop(peer, now, 'congestion-marked');
    return DROPPED;
  }
  return packetBytes;
}
