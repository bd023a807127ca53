/**
 * What could be decrypted with the given keys: a part of the document of `winze decode --json`.
 *
 * @module
 */

import type { TunnelsReport } from './capture-tunnels.ts';

/**
 * Why data messages were not decrypted.
 *
 * - `cut`: the capture does not have the whole message.
 * - `no-handshake`: neither the handshake of the session is in the capture, nor is its transport key known.
 * - `other-peers`: none of the given keys belongs to the responder.
 * - `no-ephemeral-key`: the peers are known, but no ephemeral key of the handshake (forward secrecy).
 * - `no-static-key`: an ephemeral key is known, but not the static private keys that belong to it.
 * - `no-preshared-key`: all other keys are known; the preshared key is missing or wrong.
 * - `not-authentic`: the Poly1305 tag is wrong: the message is damaged or forged.
 * - `before-keys`: the message is earlier in the file than the first key that the file contains.
 */
export type NotDecryptedReason =
  | 'cut'
  | 'no-handshake'
  | 'other-peers'
  | 'no-ephemeral-key'
  | 'no-static-key'
  | 'no-preshared-key'
  | 'not-authentic'
  | 'before-keys';

/** A peer whose static public key is known. */
export interface KnownPeerReport {
  /** The public key in Base64, as wg(8) shows it. */
  readonly public_key: string;
  /** Name from a configuration file; `null` if there is none. */
  readonly name: string | null;
}

/** Counts of the WireGuard messages that were decrypted, and of those that were not. */
export interface DecryptionReport {
  readonly data_messages: number;
  readonly data_messages_opened: number;
  /** Decrypted data messages without a packet in them. */
  readonly keepalives: number;
  /** Octets of the IP packets in the decrypted messages (exact), and of the padding after them. */
  readonly inner_bytes: number;
  readonly padding_bytes: number;
  readonly not_opened: readonly { readonly reason: NotDecryptedReason; readonly data_messages: number }[];
  /** Tunnels in the decrypted packets, found by their headers; `null` if they were not counted. */
  readonly tunnels: TunnelsReport | null;
  readonly handshake_messages: number;
  readonly handshake_messages_opened: number;
  /** Handshakes and directions of sessions that were dropped, oldest first, because the tables were full. */
  readonly sessions_forgotten: number;
  /** Decrypted initiations of peers beyond those that are listed. */
  readonly initiations_of_others: number;
  readonly initiators: readonly {
    readonly initiator: KnownPeerReport;
    readonly responder: KnownPeerReport | null;
    /** Source address and port of its last initiation. */
    readonly endpoint: string | null;
    readonly initiations: number;
    readonly first_frame: number;
    /** Its clock minus that of the capture, by the timestamp in its last initiation; senders round it to 16.8 ms. */
    readonly clock_ahead_ns: number | null;
  }[];
}
