/**
 * What two captures of the same tunnel, one at each end, say together. JSON names as in `result.ts`:
 * times are nanoseconds, ratios 0..1, what is not known is `null`.
 *
 * @module
 */
import type { Distribution } from '../../core/shapes/result.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const JOIN_SCHEMA = 'winze-capture-join/1';

/** Tunnels whose messages have an identity that can be read without keys. */
export type JoinTunnel = 'wireguard' | 'warp' | 'esp' | 'gre' | 'gtpu' | 'openvpn';

export type CaptureSide = 'first' | 'second';

/**
 * How it is known which capture stands nearer to the sender of a direction.
 *
 * - `both-directions`: messages of the two directions differ in time by more than the offset of the clocks.
 * - `clock-offset`: by the offset that another flow gave.
 * - `opposite`: the other direction says it; of this one no message is in both captures.
 * - `loss`: the other capture lacks messages that this one has.
 * - `clocks`: the time is earlier, if the clocks of the two hosts can be trusted.
 */
export type SenderEvidence = 'both-directions' | 'clock-offset' | 'opposite' | 'loss' | 'clocks';

/** Messages by the octets of their outer IP packets. */
export interface JoinSizeClass {
  readonly from_bytes: number;
  readonly to_bytes: number;
  readonly packets_sent: number;
  readonly packets_lost: number;
}

/** Every packet above a size was lost, and that is not chance. Octets of the outer IP packet. */
export interface MtuBlackHole {
  readonly largest_received_bytes: number;
  readonly smallest_lost_bytes: number;
  /** Packets above `largest_received_bytes`: all of them were lost. */
  readonly packets_lost: number;
}

/** One receiver index, SPI, TEID, key or key id. */
export interface JoinedId {
  /** As the protocol's tools write it; `handshake` for messages of WireGuard that are no data. */
  readonly id: string;
  readonly packets_sent: number;
  readonly packets_lost: number;
}

/** One way of a flow. Packets are messages of the tunnel: several of them in an offloaded datagram count each. */
export interface JoinDirection {
  /** Endpoints as the sender's capture shows them. */
  readonly from: string;
  readonly to: string;
  /** The capture that is taken as the sender's. */
  readonly sender: CaptureSide;
  /** `null`: nothing tells; the first capture is taken as the sender's. */
  readonly sender_by: SenderEvidence | null;
  /** In the sender's capture, within the time that both captures cover. */
  readonly packets_sent: number;
  readonly packets_received: number;
  readonly packets_lost: number;
  readonly loss_ratio: number | null;
  /** Copies that the receiver's capture has beyond those in the sender's. */
  readonly packets_duplicated: number;
  /** Came after a packet that was sent later (RFC 4737, in the order of the sender's capture). */
  readonly packets_reordered: number;
  /** In the sender's capture, but at a time at which the receiver's may not have run. */
  readonly packets_outside: number;
  /** In the receiver's capture alone, at a time at which the sender's ran: that one missed them. */
  readonly packets_missed_by_sender: number;
  /** Numbers of which neither capture has a message; `null` where the protocol's numbers do not tell. */
  readonly packets_missed_by_both: number | null;
  /** `null` without an offset of the clocks. */
  readonly one_way_delay_ns: Distribution | null;
  /** Delay less the smallest delay (RFC 5481 §4.2): needs no offset. */
  readonly delay_variation_ns: Distribution | null;
  readonly sizes: readonly JoinSizeClass[];
  readonly largest_received_bytes: number | null;
  readonly smallest_lost_bytes: number | null;
  readonly mtu_black_hole: MtuBlackHole | null;
  /** Those with most packets. */
  readonly ids: readonly JoinedId[];
  readonly ids_left_out: number;
}

/** A pair of tunnel endpoints. */
export interface JoinFlow {
  readonly tunnel: JoinTunnel;
  readonly directions: readonly JoinDirection[];
}

export interface JoinedCapture {
  /** Messages with an identity, copies and all. */
  readonly messages: number;
  /** Of tunnels that have one, but of these packets too little was captured, or they carry none. */
  readonly messages_without_id: number;
  /** Not compared, because there were too many. */
  readonly messages_left_out: number;
  /** Pairs of endpoints of which the other capture has no message. */
  readonly flows_only_here: number;
  /** How often its time goes back, or on by more than a day: then no time of it is used. */
  readonly clock_jumps: number;
  /** The earliest frame, by the capture's clock, seconds since 1970. */
  readonly start_unix_s: number | null;
  /** From the earliest frame to the latest, or to where memory ended. */
  readonly duration_ns: number | null;
}

export interface CaptureJoin {
  readonly first: JoinedCapture;
  readonly second: JoinedCapture;
  /** Different messages that both captures have. */
  readonly messages_shared: number;
  /**
   * Clock of the second capture less that of the first, on the assumption that the fastest message takes
   * as long there as back. `null`: there are no messages of both directions, or the clocks run apart.
   */
  readonly clock_offset_ns: number | null;
  /** The offset is off by at most this, however the path is: half of the smallest delay there and back. */
  readonly clock_offset_error_ns: number | null;
  /** Most packets first. */
  readonly flows: readonly JoinFlow[];
  readonly flows_left_out: number;
}

/** What `winze decode --json` prints of two captures, behind the documents of each. */
export interface JoinDocument {
  readonly schema: typeof JOIN_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Names of the first and the second capture. */
  readonly files: readonly [string, string];
  readonly join: CaptureJoin;
}
