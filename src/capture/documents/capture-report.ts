/**
 * What `winze decode` says of a capture: the shape of its `--json`, and what its text is drawn from.
 *
 * Names are those of the JSON: snake_case with the unit. Times are nanoseconds since the first frame that has
 * a time; ratios 0..1; what cannot be known is `null`. All of it is learnt without keys, from what WireGuard
 * sends in clear: types, indices, counters, lengths, and the headers outside.
 *
 * @module
 */

import type { DecryptionReport } from './capture-keys.ts';
import type { TunnelsReport } from './capture-tunnels.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const CAPTURE_SCHEMA = 'winze-capture/1';

/** WireGuard, and what differs from it in its headers alone. */
export type WireguardKind = 'wireguard' | 'warp' | 'amneziawg';

/** A count of octets that is known between two ends only: padding of up to 15 octets is encrypted too. */
export interface ByteBounds {
  readonly basis: 'bounds';
  readonly min: number;
  readonly max: number;
}

export interface RatioBounds {
  readonly basis: 'bounds';
  readonly min: number | null;
  readonly max: number | null;
}

/** A hole in the counters, noted when the message behind it came. */
export interface CounterGap {
  /** The first counter that was missing, and how many followed it. */
  readonly first_counter: number;
  readonly counters: number;
  /** How many of them never came; `null` where the window has passed on. */
  readonly still_missing: number | null;
  /** The message behind the hole. */
  readonly frame: number;
  readonly at_ns: number | null;
}

/**
 * What the counters of one direction say of the way from the sender to where the capture stands. What is
 * lost behind that point shows nowhere.
 */
export interface DeliveryReport {
  /** Different counters. */
  readonly received: number;
  /** Counters between the smallest and the largest that never came. */
  readonly lost: number;
  readonly loss_ratio: number | null;
  readonly duplicates: number;
  /** New counters below the largest before them (RFC 4737 §3). */
  readonly reordered: number;
  /** How far below: largest before, less its own. */
  readonly reorder_extent_max: number;
  /** Too old to be told from duplicates; each may make `lost` one too large. */
  readonly stale: number;
  /** Counters that no sender reaches, left out of all the above. */
  readonly implausible: number;
  readonly loss_runs: { readonly n: number; readonly mean: number | null; readonly max: number };
}

/** One direction of a session: messages with one receiver index. */
export interface LaneReport extends DeliveryReport {
  readonly receiver_index: number;
  readonly messages: number;
  readonly keepalives: number;
  readonly counter_min: number | null;
  readonly counter_max: number | null;
  /** Counters below the smallest, where the handshake was seen and so 0 is known to be the first. */
  readonly missing_before_first: number | null;
  readonly first_frame: number | null;
  readonly last_frame: number | null;
  readonly first_at_ns: number | null;
  readonly last_at_ns: number | null;
  /** Messages sent with keys older than REJECT_AFTER_TIME, 180 s; the first of them. */
  readonly after_reject_time: number;
  readonly after_reject_time_frame: number | null;
  /** The largest holes. */
  readonly gaps: readonly CounterGap[];
}

export interface SessionReport {
  /** When the response was seen; `null`: the capture began later, or misses it. */
  readonly established_frame: number | null;
  readonly established_at_ns: number | null;
  /** Its times belong to different clocks, or to one that was set: they tell no age. */
  readonly spans_clock_jump: boolean;
  /** Who sent the initiation. */
  readonly initiator: 'a' | 'b' | null;
  readonly a_to_b: LaneReport | null;
  readonly b_to_a: LaneReport | null;
}

export interface IcmpReport {
  readonly frame: number;
  readonly at_ns: number | null;
  /** The router or host that sent it. */
  readonly from: string;
  readonly error: string;
  /** Of "fragmentation needed" and "packet too big". */
  readonly next_hop_mtu_bytes: number | null;
  /** Of the packet that it quotes. */
  readonly direction: 'a_to_b' | 'b_to_a';
}

export interface AttemptReport {
  readonly frame: number;
  readonly at_ns: number | null;
  readonly sender_index: number;
  /** A cookie is in force. */
  readonly has_mac2: boolean;
  readonly cookie_reply_frame: number | null;
  readonly icmp_frame: number | null;
  readonly icmp_error: string | null;
}

/** Initiations from one side until a response comes. */
export interface HandshakeReport {
  readonly initiator: 'a' | 'b';
  /** `response-missing`: data show that there was one, which is not in the capture. */
  readonly outcome: 'answered' | 'unanswered' | 'response-only' | 'response-missing';
  /** All initiations, and the first of them. */
  readonly initiations: number;
  readonly attempts: readonly AttemptReport[];
  readonly first_at_ns: number | null;
  readonly last_initiation_at_ns: number | null;
  readonly response_frame: number | null;
  readonly response_at_ns: number | null;
  readonly responder_index: number | null;
  /** From the initiation that was answered to the response, where the capture stands. */
  readonly latency_ns: number | null;
  /** From the first initiation to the response. */
  readonly elapsed_ns: number | null;
  /** Whether the initiator then sent data with the new keys; it does so at once if it accepts the response. */
  readonly confirmed: boolean;
  /** From the response to that first message. */
  readonly confirmation_ns: number | null;
  readonly cookie_replies: number;
  readonly icmp_errors: number;
  /** The response came from another address than the initiation went to. */
  readonly answered_from_other_address: boolean;
}

export interface RekeyReport {
  readonly frame: number;
  readonly at_ns: number | null;
  /** Age of the session before, when the initiation for the next was seen. */
  readonly age_ns: number;
  /**
   * From 120 s on when the initiator sends, at 165 s when it only receives (whitepaper §6.2); before that an end has
   * begun anew or got no answer; after 180 s there were no keys left.
   */
  readonly rule: 'early' | 'rekey-after-time' | 'rekey-on-receive' | 'after-expiry';
}

export interface RoamReport {
  readonly frame: number;
  readonly at_ns: number | null;
  /** The end whose address changed. */
  readonly end: 'a' | 'b';
  readonly from: string;
  readonly to: string;
  readonly receiver_index: number;
  readonly counter: number;
}

/** A message of full size that was sent again and again, the pause doubling each time: TCP inside gets no answer. */
export interface StallReport {
  readonly direction: 'a_to_b' | 'b_to_a';
  readonly outer_bytes: number;
  readonly messages: number;
  readonly first_pause_ns: number;
  readonly last_pause_ns: number;
  /** Data messages of the other direction meanwhile. */
  readonly replies: number;
  readonly frames: readonly number[];
}

export interface SizeClassReport {
  /** Octets of the encrypted packet with its padding. */
  readonly from_bytes: number;
  readonly to_bytes: number | null;
  readonly messages: number;
  readonly outer_bytes: number;
  readonly inner_bytes: ByteBounds;
  readonly inner_ratio: RatioBounds;
}

export interface ValueCount {
  readonly value: number;
  readonly packets: number;
}

/** One direction between two peers, over all sessions. */
export interface DirectionReport {
  /** Messages of type 4, keepalives included. */
  readonly messages: number;
  readonly keepalives: number;
  readonly keepalive_ratio: number | null;
  readonly cookie_replies: number;
  /** Initiations, responses and cookie replies that were in the capture before. */
  readonly handshake_copies: number;
  /** Of data messages and keepalives: IP packets on the wire, all fragments. */
  readonly outer_bytes: number;
  readonly inner_bytes: ByteBounds;
  readonly inner_ratio: RatioBounds;
  readonly delivery: DeliveryReport;
  readonly sizes: readonly SizeClassReport[];
  readonly padding: {
    /** `null`: what was seen fits both. */
    readonly habit: 'padded' | 'not-padded' | null;
    readonly tunnel_mtu_bytes: number | null;
    readonly tunnel_mtu_basis: 'exact' | 'at-least' | null;
  };
  readonly keepalive_kinds: {
    /** The initiator's first message, without a packet to send. */
    readonly confirmation: number;
    /** 10 s after data that were not answered. */
    readonly passive: number;
    /** After a fixed time of silence. */
    readonly persistent: number;
    readonly other: number;
    readonly persistent_interval_s: number | null;
  };
  /** The largest IP packet with a message, as it was before it was fragmented. */
  readonly largest_outer_bytes: number;
  readonly largest_outer_frame: number | null;
  readonly fragments: {
    readonly packets: number;
    readonly bytes: number;
    /** Fragments among the IP packets of this direction. */
    readonly ratio: number | null;
    readonly largest_bytes: number;
    /** The largest that another follows: what the path carries, less up to 7 octets. `null`: there are last ones only. */
    readonly largest_cut_bytes: number | null;
    /** First ones whose others the capture does not have: their messages are counted by them. */
    readonly without_rest: number;
    readonly frames: readonly number[];
  };
  /** IPv4 only. */
  readonly dont_fragment: { readonly set: number; readonly clear: number } | null;
  readonly dscp: readonly ValueCount[];
  readonly handshake_dscp: readonly ValueCount[];
  readonly ecn: { readonly not_ect: number; readonly ect1: number; readonly ect0: number; readonly ce: number };
  readonly ttl: readonly ValueCount[];
  /** Messages of which octets are missing, and datagrams that segmentation offload shows as one. */
  readonly cut_messages: number;
  readonly trains: number;
  /** Cut ones, larger than an Ethernet frame: they may hold several messages, all but the first of which pass for lost. */
  readonly unsplit_datagrams: number;
  readonly messages_in_trains: number;
}

export interface PeerEnd {
  /** Where it was last. */
  readonly endpoint: string;
  readonly other_endpoints: readonly string[];
}

export interface PeerReport {
  readonly id: number;
  readonly kind: WireguardKind;
  readonly a: PeerEnd;
  readonly b: PeerEnd;
  /** Loss, latency and the rest are seen from here. `null`: nothing tells. */
  readonly capture_point: { readonly at: 'a' | 'b' | 'between' | null; readonly evidence: string };
  /** The same messages also pass with other addresses: before and after NAT, say. */
  readonly is_second_view: boolean;
  readonly first_at_ns: number | null;
  readonly last_at_ns: number | null;
  readonly a_to_b: DirectionReport;
  readonly b_to_a: DirectionReport;
  readonly sessions: readonly SessionReport[];
  readonly sessions_not_listed: number;
  readonly handshakes: readonly HandshakeReport[];
  readonly handshakes_not_listed: number;
  readonly rekeys: readonly RekeyReport[];
  readonly roams: number;
  readonly roaming: readonly RoamReport[];
  readonly icmp_errors: number;
  readonly icmp: readonly IcmpReport[];
  readonly stalls: readonly StallReport[];
}

export interface WireguardReport {
  readonly basis: 'keyless';
  /** Messages of both directions; trains are split, quoted ones not counted. */
  readonly messages: {
    readonly initiation: number;
    readonly response: number;
    readonly cookie_reply: number;
    readonly data: number;
    readonly keepalive: number;
  };
  /** The latest packet of the capture, of whatever kind. */
  readonly capture_end_ns: number | null;
  /** Those with the most octets first. */
  readonly peers: readonly PeerReport[];
  readonly peers_not_listed: number;
  /** Beyond the tables' bounds: counted above, and nowhere else. */
  readonly messages_not_followed: number;
  /** There is a later fragment of UDP, of whomever: a filter by port would have hidden it. */
  readonly has_later_fragments: boolean;
}

export type FindingSeverity = 'problem' | 'warning' | 'note';
export type FindingConfidence = 'certain' | 'likely' | 'possible';

export interface Finding {
  /** Stable: for programs. */
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly confidence: FindingConfidence;
  /** Of `wireguard.peers`; `null`: of the whole capture. */
  readonly peer: number | null;
  readonly what: string;
  readonly next_step: string;
  /** Evidence: some of the frames. */
  readonly frames: readonly number[];
}

/** Where the time of a capture makes a leap: a clock was set, captures were put together, clocks differ. */
export interface ClockJump {
  readonly frame: number;
  /** The one before it that has a time. */
  readonly frame_before: number;
  /** From that one to this one: negative, or too long for a silence. */
  readonly jump_ns: number;
  /** Of both frames, if each has gone on by itself: their clocks differ. `null`: the time has jumped. */
  readonly between_interfaces: readonly [number, number] | null;
}

export interface CaptureFileReport {
  readonly name: string;
  readonly format: string | null;
  /** Of the first frame with a time: ISO 8601, UTC, with nanoseconds. */
  readonly started_at: string | null;
  /** From the earliest to the latest frame. */
  readonly duration_ns: number | null;
  /** What the user said of ports (`--decode-as`), as `udp:6080=vxlan`. */
  readonly decode_as: readonly string[];
  /** Sixteen at most. */
  readonly clock_jumps: readonly ClockJump[];
  readonly clock_jumps_not_listed: number;
  /** Packets that the capture itself says it lost; `null`: it does not say. */
  readonly dropped_packets: number | null;
  readonly fault: { readonly frame: number; readonly file_offset: number; readonly message: string } | null;
}

export interface CaptureSummaryReport {
  readonly frames: number;
  readonly bytes: number;
  readonly captured_bytes: number;
  readonly cut_frames: number;
  readonly layers: readonly { readonly layers: readonly string[]; readonly frames: number; readonly bytes: number }[];
  readonly other_frames: number;
  readonly errors: readonly {
    readonly error: string;
    readonly layer: string;
    /** Of packets of which no layer can be read; else `null`. */
    readonly link_type: number | null;
    readonly frames: number;
    readonly first_frame: number;
  }[];
}

export interface CaptureDocument {
  readonly schema: typeof CAPTURE_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  readonly file: CaptureFileReport;
  readonly summary: CaptureSummaryReport;
  /** `null`: no WireGuard in it. */
  readonly wireguard: WireguardReport | null;
  /** `null`: no key was there, or no WireGuard. */
  readonly decryption: DecryptionReport | null;
  readonly tunnels: TunnelsReport;
  readonly findings: readonly Finding[];
}
