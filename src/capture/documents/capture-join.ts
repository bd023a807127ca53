/**
 * The result of comparing two captures of the same tunnel, one from each end, message by message. Names and units as in
 * `result.ts`: times in nanoseconds, ratios from 0 to 1, `null` for what is not known.
 *
 * @module
 */
import type { Distribution } from '../../core/shapes/flow.ts';

/**
 * Name of this version of the document. Within one version fields are only added.
 */
export const JOIN_SCHEMA = 'winze-capture-join/1';

/** Tunnels whose messages have an identity that can be read without keys: a counter, a sequence number or a nonce. */
export type JoinTunnel = 'wireguard' | 'warp' | 'esp' | 'gre' | 'gtpu' | 'openvpn';

/** One of the two captures, in the order in which they were given. */
export type CaptureSide = 'first' | 'second';

/**
 * How it was decided which capture is nearer to the sender of a direction.
 *
 * - `both-directions`: the time differences of the two directions can only be explained by one order.
 * - `clock-offset`: from the clock offset that another flow gave.
 * - `opposite`: from the other direction; no message of this direction is in both captures.
 * - `loss`: the other capture lacks messages that this one has.
 * - `clocks`: messages have an earlier time here; this assumes that the clocks of both hosts are right.
 */
export type SenderEvidence = 'both-directions' | 'clock-offset' | 'opposite' | 'loss' | 'clocks';

/** Messages of one direction whose outer IP packets have `from_bytes` to `to_bytes` octets. */
export interface JoinSizeClass {
  readonly from_bytes: number;
  readonly to_bytes: number;
  readonly packets_sent: number;
  readonly packets_lost: number;
}

/**
 * A path MTU black hole: every packet above a size was lost, too many to be chance. Sizes are octets of the outer IP
 * packet.
 */
export interface MtuBlackHole {
  readonly largest_received_bytes: number;
  readonly smallest_lost_bytes: number;
  /** Number of packets above `largest_received_bytes`, all of which were lost. */
  readonly packets_lost: number;
}

/** Messages of one direction with the same receiver index, SPI, TEID, key or key id. */
export interface JoinedId {
  /** The id as the protocol's tools write it; `handshake` for WireGuard messages that are not data. */
  readonly id: string;
  readonly packets_sent: number;
  readonly packets_lost: number;
}

/** One direction of a flow. Packets are tunnel messages: each message in an offloaded datagram counts. */
export interface JoinDirection {
  /** Endpoints as the sender's capture shows them. */
  readonly from: string;
  readonly to: string;
  /** The capture that is taken as the sender's. */
  readonly sender: CaptureSide;
  /** `null` if nothing decides it; then the first capture is taken as the sender's. */
  readonly sender_by: SenderEvidence | null;
  /** Messages in the sender's capture, within the time that both captures cover. */
  readonly packets_sent: number;
  readonly packets_received: number;
  readonly packets_lost: number;
  readonly loss_ratio: number | null;
  /** Copies in the receiver's capture beyond those in the sender's. */
  readonly packets_duplicated: number;
  /** Messages received after one that was sent later (RFC 4737), in the order of the sender's capture. */
  readonly packets_reordered: number;
  /** Messages in the sender's capture at a time when the receiver's capture may not have been running. */
  readonly packets_outside: number;
  /**
   * Messages only in the receiver's capture, at a time when the sender's was running: the sender's capture missed them.
   */
  readonly packets_missed_by_sender: number;
  /** Counters or sequence numbers in neither capture; `null` if the protocol's numbers do not show gaps. */
  readonly packets_missed_by_both: number | null;
  /** `null` without a clock offset. */
  readonly one_way_delay_ns: Distribution | null;
  /** Delay minus the smallest delay (RFC 5481 §4.2). Needs no clock offset. */
  readonly delay_variation_ns: Distribution | null;
  readonly sizes: readonly JoinSizeClass[];
  readonly largest_received_bytes: number | null;
  readonly smallest_lost_bytes: number | null;
  readonly mtu_black_hole: MtuBlackHole | null;
  /** The ids with the most packets. */
  readonly ids: readonly JoinedId[];
  readonly ids_left_out: number;
}

/** Both directions between a pair of tunnel endpoints. */
export interface JoinFlow {
  readonly tunnel: JoinTunnel;
  readonly directions: readonly JoinDirection[];
}

/** What one of the two captures contributed to the comparison. */
export interface JoinedCapture {
  /** Messages with an identity, duplicates included. */
  readonly messages: number;
  /** Messages of such tunnels without an identity: cut by the snaplen, or of a type that has none. */
  readonly messages_without_id: number;
  /** Messages not compared, because the tables were full. */
  readonly messages_left_out: number;
  /** Pairs of endpoints without any message in the other capture. */
  readonly flows_only_here: number;
  /** How often its time goes back, or forward by more than a day. If it does, none of its times is used. */
  readonly clock_jumps: number;
  /** Time of the earliest frame by the capture's clock, in seconds since 1970. */
  readonly start_unix_s: number | null;
  /** From the earliest frame to the latest, or to the frame at which the tables were full. */
  readonly duration_ns: number | null;
}

/** The comparison of two captures. */
export interface CaptureJoin {
  readonly first: JoinedCapture;
  readonly second: JoinedCapture;
  /** Distinct messages that are in both captures. */
  readonly messages_shared: number;
  /**
   * Clock of the second capture minus that of the first, assuming that the fastest messages take equally long in both
   * directions. `null` if there are no shared messages in both directions, or if the clocks drift apart.
   */
  readonly clock_offset_ns: number | null;
  /** Maximum error of the offset, for any asymmetry of the path: half of the smallest round-trip delay. */
  readonly clock_offset_error_ns: number | null;
  /** Flows with the most packets first. */
  readonly flows: readonly JoinFlow[];
  readonly flows_left_out: number;
}

/** What `winze decode --json` prints for two captures, after the document of each. */
export interface JoinDocument {
  readonly schema: typeof JOIN_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Names of the first and the second capture. */
  readonly files: readonly [string, string];
  readonly join: CaptureJoin;
}
