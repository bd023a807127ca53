/**
 * Events of a tunnel: every dropped packet with the reason, and every change of its sessions. They are
 * counted by their tags and reasons; the counts are in the status of device and peer.
 *
 * @module
 */

import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { Instant, Nanos } from '../../core/time.ts';

/** Why a received datagram, or a packet to send, was dropped. */
export type DropReason =
  /** Type, length or reserved octets are not those of a WireGuard message. */
  | 'not-wireguard'
  /** mac1 is wrong: the sender does not know our public key. */
  | 'bad-mac1'
  /** The queue of handshake messages is full. */
  | 'handshake-queue-full'
  /** Under load: the source has a cookie and sends too many handshake messages. */
  | 'rate-limited'
  /** No private key is set, or the initiation is for another public key. */
  | 'not-for-us'
  /** An initiation from a public key that is not a peer's. */
  | 'unknown-peer'
  /** The initiation names a peer, but its sender does not have the peer's private key. */
  | 'forged-initiation'
  /** The timestamp is not later than that of the last initiation: a replay, or the peer's clock was set back. */
  | 'old-timestamp'
  /** Less than 20 ms after the last initiation of this peer. */
  | 'initiation-flood'
  /** No handshake or session has this index. */
  | 'unknown-index'
  /** The response is forged, or the preshared keys differ. */
  | 'bad-response'
  /** The cookie reply cannot be decrypted, or does not answer the last message. */
  | 'bad-cookie'
  /** The session is older than 180 s, or its counter is exhausted. */
  | 'expired-key'
  /** The data message is forged or corrupted. */
  | 'bad-tag'
  /** The counter was received before, or is older than the replay window. */
  | 'replayed'
  /** The decrypted content is not an IP packet. */
  | 'not-ip'
  /** The inner source address is not in the AllowedIPs of the peer. */
  | 'source-not-allowed'
  /** Marked CE on the path, but the inner sender does not support ECN (RFC 6040 §4.2). */
  | 'congestion-marked'
  /** The TUN device accepted no more packets. */
  | 'device-full'
  /** A packet from the TUN device is not a valid IP packet. */
  | 'malformed-packet'
  /** No peer has the destination in its AllowedIPs. */
  | 'no-peer'
  /** No private key is set, or the peer's public key has a low order. */
  | 'unusable-key'
  /** The peer has no endpoint, and no authentic message of it was received. */
  | 'no-endpoint'
  /** The packet was encrypted here and routed into the tunnel again. */
  | 'routing-loop'
  /** More than 128 packets were queued for a handshake; the oldest is dropped. */
  | 'staged-overflow'
  /** Packets were queued for a handshake that was given up. */
  | 'handshake-given-up'
  /** The socket returned an error. */
  | 'send-failed'
  /** The datagram was larger than the MTU of its path (EMSGSIZE). */
  | 'path-mtu';

/** Why a handshake begins. */
export type HandshakeCause =
  /** There is a packet to send and no key for it. */
  | 'no-key'
  /** The key is older than 120 s, or many messages were sent with it. */
  | 'key-age'
  /** A message was received, and the current key expires in 15 s. */
  | 'key-ends'
  /** Nothing was received for 15 s after a packet was sent. */
  | 'no-answer'
  /** The last initiation was not answered within 5 s. */
  | 'retry'
  /** A keepalive was due, or a peer with a persistent keepalive was configured. */
  | 'keepalive';

/** One event without the peer and the time. */
export type EventDetails =
  | {
      readonly tag: 'initiation-sent';
      readonly cause: HandshakeCause;
      /** Number of this attempt since the last completed handshake, from 1. */
      readonly attempt: number;
      /** Whether one of the attempts was answered with an invalid response. */
      readonly wronglyAnswered: boolean;
      readonly to: Endpoint;
    }
  | { readonly tag: 'initiation-received'; readonly from: Endpoint }
  | { readonly tag: 'response-sent'; readonly to: Endpoint }
  /** At the initiator: the handshake is complete. */
  | { readonly tag: 'response-received'; readonly from: Endpoint; readonly rttNs: Nanos }
  /** At the responder: the first packet was received that proves that the initiator has the key. */
  | { readonly tag: 'session-confirmed' }
  /** At the responder: number of consecutive responses after which no packet proved that the peer has the key. */
  | { readonly tag: 'not-confirmed'; readonly responses: number; readonly hasPresharedKey: boolean }
  /** The handshake was given up. `attempts` counts since the last completed handshake. */
  | { readonly tag: 'handshake-failed'; readonly attempts: number; readonly wronglyAnswered: boolean }
  | { readonly tag: 'roamed'; readonly from: Endpoint; readonly to: Endpoint }
  | { readonly tag: 'cookie-sent'; readonly to: Endpoint }
  | { readonly tag: 'cookie-received' }
  | { readonly tag: 'keepalive-sent' }
  | { readonly tag: 'keepalive-received' }
  /** There was no handshake for 540 s, and the keys of the sessions were zeroed. */
  | { readonly tag: 'keys-zeroed' }
  | { readonly tag: 'under-load'; readonly queued: number }
  /** A thread that helped to encrypt and decrypt ended; the others continue. */
  | { readonly tag: 'thread-lost'; readonly reason: string }
  /** `count` packets were dropped since the last such event of this peer. The first one is reported at once. */
  | { readonly tag: 'dropped'; readonly reason: DropReason; readonly count: number; readonly detail: string | null };

/** An event of a device. */
export type TunnelEvent = EventDetails & {
  /** Public key of the peer; `null` if no peer is concerned. */
  readonly peer: Uint8Array | null;
  readonly at: Instant;
};
