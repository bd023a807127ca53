/**
 * What keys opened of a capture: a part of the document of `winze decode --json`.
 *
 * @module
 */

import type { TunnelsReport } from './capture-tunnels.ts';

/** Why messages stayed closed. */
export type ClosedReason =
  | 'cut'
  | 'no-handshake'
  | 'other-peers'
  | 'no-ephemeral-key'
  | 'no-static-key'
  | 'no-preshared-key'
  | 'not-authentic'
  | 'before-keys';

export interface KnownPeerReport {
  /** Base64, as wg(8) shows it. */
  readonly public_key: string;
  readonly name: string | null;
}

export interface DecryptionReport {
  readonly data_messages: number;
  readonly data_messages_opened: number;
  /** Of those that were opened: without a packet in them. */
  readonly keepalives: number;
  /** Exact: octets of the IP packets in the messages that were opened, and of the padding behind them. */
  readonly inner_bytes: number;
  readonly padding_bytes: number;
  readonly not_opened: readonly { readonly reason: ClosedReason; readonly data_messages: number }[];
  /** In the packets that were opened, headers only: tunnels in the tunnel. `null`: not counted. */
  readonly tunnels: TunnelsReport | null;
  readonly handshake_messages: number;
  readonly handshake_messages_opened: number;
  /** Handshakes, and directions of sessions, that were too many at once: the oldest. */
  readonly sessions_forgotten: number;
  /** Initiations that were read of peers beyond those that are listed. */
  readonly initiations_of_others: number;
  readonly initiators: readonly {
    readonly initiator: KnownPeerReport;
    readonly responder: KnownPeerReport | null;
    /** Address and port that its last initiation came from. */
    readonly endpoint: string | null;
    readonly initiations: number;
    readonly first_frame: number;
    /** Its clock less that of the capture, by its last initiation; senders round down to 16.8 ms. */
    readonly clock_ahead_ns: number | null;
  }[];
}
