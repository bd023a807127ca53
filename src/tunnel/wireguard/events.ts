/**
 * What a tunnel tells of itself: everything that it did not carry, with the reason, and every turn that
 * its sessions took. Each is counted by its name; the counts are in the status of device and peer.
 *
 * @module
 */

import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { Instant, Nanos } from '../../core/time.ts';

/** Why a datagram that came, or a packet that was to leave, went no further. */
export type DropReason =
  /** Neither type, length nor reserved octets of a message. */
  | 'not-wireguard'
  /** mac1 is wrong: the sender does not know our public key. */
  | 'bad-mac1'
  /** Under load, and no room in the queue of handshakes. */
  | 'handshake-queue-full'
  /** Under load, and the source asks too often although it has a cookie. */
  | 'rate-limited'
  /** No private key is set, or the initiation was made for another. */
  | 'not-for-us'
  /** A correct initiation from a key that no peer has. */
  | 'unknown-peer'
  /** The static key in the initiation belongs to a peer, and its proof is wrong. */
  | 'forged-initiation'
  /** Not later than the last one: a replay, or the peer's clock was set back. */
  | 'old-timestamp'
  /** Less than 20 ms after the last initiation of this peer. */
  | 'initiation-flood'
  /** No handshake or session has this index. */
  | 'unknown-index'
  /** Forged, or made with another preshared key. */
  | 'bad-response'
  | 'bad-cookie'
  /** The session is older than 180 s, or its counter at the end. */
  | 'expired-key'
  | 'bad-tag'
  | 'replayed'
  /** What was inside is no IP packet. */
  | 'not-ip'
  /** The source inside belongs to another peer, or to none (AllowedIPs). */
  | 'source-not-allowed'
  /** Marked as congestion on a sender that would not understand (RFC 6040 §4.2). */
  | 'congestion-marked'
  /** The TUN device took no more. */
  | 'device-full'
  /** The device handed over something that is no IP packet. */
  | 'malformed-packet'
  /** No peer has the destination in its AllowedIPs. */
  | 'no-peer'
  /** No private key is set, or the peer's public key has a low order. */
  | 'unusable-key'
  /** The peer has no endpoint, and has not written to us. */
  | 'no-endpoint'
  /** It was sealed here already, and routed into the tunnel again. */
  | 'routing-loop'
  /** More than 128 packets waited for a handshake. */
  | 'staged-overflow'
  /** Packets that waited for a handshake that was given up. */
  | 'handshake-given-up'
  /** The socket or the route refused. */
  | 'send-failed'
  /** A datagram was larger than its path carries (EMSGSIZE). */
  | 'path-mtu';

/** Why a handshake begins. */
export type HandshakeCause =
  /** There is a packet and no key to send it with. */
  | 'no-key'
  /** The key is 120 s old, or much was sent with it. */
  | 'key-age'
  /** What is received is sealed with a key that has 15 s to live. */
  | 'key-ends'
  /** 15 s passed since something was sent, and nothing came back. */
  | 'no-answer'
  /** The last initiation was not answered in 5 s. */
  | 'retry'
  /** A keepalive was due, or the device came up with one configured. */
  | 'keepalive';

/** What happened. */
export type Happening =
  | {
      readonly tag: 'initiation-sent';
      readonly cause: HandshakeCause;
      /** From 1, since the last handshake that was completed. */
      readonly attempt: number;
      /** Whether an answer to one of them came that is not right. */
      readonly wronglyAnswered: boolean;
      readonly to: Endpoint;
    }
  | { readonly tag: 'initiation-received'; readonly from: Endpoint }
  | { readonly tag: 'response-sent'; readonly to: Endpoint }
  /** The initiator's end of a handshake. */
  | { readonly tag: 'response-received'; readonly from: Endpoint; readonly rttNs: Nanos }
  /** The responder's: the first packet that proves that the initiator has the key. */
  | { readonly tag: 'session-confirmed' }
  /** So many responses of ours in a row, and nothing came that proves that the peer has their key. */
  | { readonly tag: 'not-confirmed'; readonly responses: number; readonly hasPresharedKey: boolean }
  /** It is not tried again for now; `attempts` since the last handshake that was completed. */
  | { readonly tag: 'handshake-failed'; readonly attempts: number; readonly wronglyAnswered: boolean }
  | { readonly tag: 'roamed'; readonly from: Endpoint; readonly to: Endpoint }
  | { readonly tag: 'cookie-sent'; readonly to: Endpoint }
  | { readonly tag: 'cookie-received' }
  | { readonly tag: 'keepalive-sent' }
  | { readonly tag: 'keepalive-received' }
  /** No handshake for 540 s. */
  | { readonly tag: 'keys-zeroed' }
  | { readonly tag: 'under-load'; readonly queued: number }
  /** One that helped to seal and to open: the others go on. */
  | { readonly tag: 'thread-lost'; readonly reason: string }
  /** `count` of them since the last such event of this peer; the first is told at once. */
  | { readonly tag: 'dropped'; readonly reason: DropReason; readonly count: number; readonly detail: string | null };

export type TunnelEvent = Happening & {
  /** Public key; `null` for what belongs to no peer. */
  readonly peer: Uint8Array | null;
  readonly at: Instant;
};
