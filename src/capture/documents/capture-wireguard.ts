/**
 * What a capture shows of WireGuard: peers, sessions, handshakes, delivery and sizes. The names are those of JSON.
 *
 * @module
 */

/** WireGuard and its variants, whose messages differ only in their headers. */
export type WireguardKind = 'wireguard' | 'warp' | 'amneziawg';

/** A count of octets with a lower and an upper bound: padding of up to 15 octets is encrypted with each packet. */
export interface ByteBounds {
  readonly basis: 'bounds';
  readonly min: number;
  readonly max: number;
}

/** A ratio from 0 to 1 with a lower and an upper bound; `null` if there is nothing to divide by. */
export interface RatioBounds {
  readonly basis: 'bounds';
  readonly min: number | null;
  readonly max: number | null;
}

/** A gap in the counters of a direction, found when the message after it was received. */
export interface CounterGap {
  /** The first missing counter; `counters` is the number of missing ones. */
  readonly first_counter: number;
  readonly counters: number;
  /** How many of them were never received; `null` if the replay window has moved past them. */
  readonly still_missing: number | null;
  /** The frame of the message after the gap. */
  readonly frame: number;
  readonly at_ns: number | null;
}

/**
 * Loss and reordering of one direction by its counters, from the sender to the capture point. Losses after the capture
 * point cannot be seen.
 */
export interface DeliveryReport {
  /** Number of distinct counters. */
  readonly received: number;
  /** Counters between the smallest and the largest one that were never seen. */
  readonly lost: number;
  readonly loss_ratio: number | null;
  readonly duplicates: number;
  /** New counters smaller than the largest one before them (RFC 4737 §3). */
  readonly reordered: number;
  /** Maximum distance of a reordered counter from the largest one before it. */
  readonly reorder_extent_max: number;
  /** Counters too old to be told from duplicates. Each may make `lost` one too large. */
  readonly stale: number;
  /** Counters that no sender reaches. They are left out of all the other counts. */
  readonly implausible: number;
  readonly loss_runs: { readonly n: number; readonly mean: number | null; readonly max: number };
}

/** One direction of a session: the data messages with one receiver index. */
export interface SessionStreamReport extends DeliveryReport {
  readonly receiver_index: number;
  readonly messages: number;
  readonly keepalives: number;
  readonly counter_min: number | null;
  readonly counter_max: number | null;
  /** Counters below the smallest one; known if the handshake was captured, because then 0 is the first. */
  readonly missing_before_first: number | null;
  readonly first_frame: number | null;
  readonly last_frame: number | null;
  readonly first_at_ns: number | null;
  readonly last_at_ns: number | null;
  /** Messages sent with keys older than REJECT_AFTER_TIME (180 s), and the frame of the first one. */
  readonly after_reject_time: number;
  readonly after_reject_time_frame: number | null;
  /** The largest gaps. */
  readonly gaps: readonly CounterGap[];
}

/** A session: the keys of one handshake, used in both directions. */
export interface SessionReport {
  /** Frame and time of the response; `null` if the capture does not have it. */
  readonly established_frame: number | null;
  readonly established_at_ns: number | null;
  /** The session's times belong to different clocks, or the clock was set meanwhile: its age is not known. */
  readonly spans_clock_jump: boolean;
  /** The end that sent the initiation. */
  readonly initiator: 'a' | 'b' | null;
  readonly a_to_b: SessionStreamReport | null;
  readonly b_to_a: SessionStreamReport | null;
}

/** An ICMP error that quotes an outer packet of the tunnel. */
export interface IcmpReport {
  readonly frame: number;
  readonly at_ns: number | null;
  /** Address of the router or host that sent it. */
  readonly from: string;
  readonly error: string;
  /** MTU in "fragmentation needed" and "packet too big"; else `null`. */
  readonly next_hop_mtu_bytes: number | null;
  /** Direction of the quoted packet. */
  readonly direction: 'a_to_b' | 'b_to_a';
}

/** One initiation of a handshake. */
export interface AttemptReport {
  readonly frame: number;
  readonly at_ns: number | null;
  readonly sender_index: number;
  /** The initiation has a mac2: a cookie is in use (whitepaper §5.3). */
  readonly has_mac2: boolean;
  readonly cookie_reply_frame: number | null;
  readonly icmp_frame: number | null;
  readonly icmp_error: string | null;
}

/** The initiations of one side up to the response. */
export interface HandshakeReport {
  readonly initiator: 'a' | 'b';
  /** `response-missing`: data messages show that there was a response, but it is not in the capture. */
  readonly outcome: 'answered' | 'unanswered' | 'response-only' | 'response-missing';
  /** Number of initiations; `attempts` lists the first of them. */
  readonly initiations: number;
  readonly attempts: readonly AttemptReport[];
  readonly first_at_ns: number | null;
  readonly last_initiation_at_ns: number | null;
  readonly response_frame: number | null;
  readonly response_at_ns: number | null;
  readonly responder_index: number | null;
  /** From the answered initiation to the response, at the capture point. */
  readonly latency_ns: number | null;
  /** From the first initiation to the response. */
  readonly elapsed_ns: number | null;
  /** Whether the initiator sent data with the new keys. It does so at once after it accepts the response. */
  readonly confirmed: boolean;
  /** From the response to that first data message. */
  readonly confirmation_ns: number | null;
  readonly cookie_replies: number;
  readonly icmp_errors: number;
  /** The response has a source address other than the destination of the initiation. */
  readonly answered_from_other_address: boolean;
}

/** A handshake that replaces a session. */
export interface RekeyReport {
  readonly frame: number;
  readonly at_ns: number | null;
  /** Age of the previous session when the initiation of the next one was seen. */
  readonly age_ns: number;
  /**
   * `rekey-after-time`: from 120 s on, when the initiator sends; `rekey-on-receive`: at 165 s, when it only receives
   * (whitepaper §6.2). `early`: an end restarted or got no answer. `after-expiry`: after 180 s, when the keys had
   * expired.
   */
  readonly rule: 'early' | 'rekey-after-time' | 'rekey-on-receive' | 'after-expiry';
}

/** A change of the address or port of an end, by the first message from the new one. */
export interface RoamReport {
  readonly frame: number;
  readonly at_ns: number | null;
  /** The end whose endpoint changed. */
  readonly end: 'a' | 'b';
  readonly from: string;
  readonly to: string;
  readonly receiver_index: number;
  readonly counter: number;
}

/**
 * A message of full size that was sent repeatedly, with pauses that double each time: TCP inside the tunnel retransmits
 * and gets no answer.
 */
export interface StallReport {
  readonly direction: 'a_to_b' | 'b_to_a';
  readonly outer_bytes: number;
  readonly messages: number;
  readonly first_pause_ns: number;
  readonly last_pause_ns: number;
  /** Data messages in the other direction during that time. */
  readonly replies: number;
  readonly frames: readonly number[];
}

/** Data messages by size, and what their outer and inner packets add up to. */
export interface SizeClassReport {
  /** Octets of the encrypted packet, padding included. */
  readonly from_bytes: number;
  readonly to_bytes: number | null;
  readonly messages: number;
  readonly outer_bytes: number;
  readonly inner_bytes: ByteBounds;
  readonly inner_ratio: RatioBounds;
}

/** How many packets have a value of a header field, such as a DSCP or a TTL. */
export interface ValueCount {
  readonly value: number;
  readonly packets: number;
}

/** One direction between two peers, over all sessions. */
export interface DirectionReport {
  /** Data messages (type 4), keepalives included. */
  readonly messages: number;
  readonly keepalives: number;
  readonly keepalive_ratio: number | null;
  readonly cookie_replies: number;
  /** Initiations, responses and cookie replies that were already in the capture. */
  readonly handshake_copies: number;
  /** Octets on the wire of the IP packets that carry data messages and keepalives, all fragments included. */
  readonly outer_bytes: number;
  readonly inner_bytes: ByteBounds;
  readonly inner_ratio: RatioBounds;
  readonly delivery: DeliveryReport;
  readonly sizes: readonly SizeClassReport[];
  readonly padding: {
    /** Whether the sender pads packets to a multiple of 16; `null` if the sizes fit both. */
    readonly habit: 'padded' | 'not-padded' | null;
    readonly tunnel_mtu_bytes: number | null;
    readonly tunnel_mtu_basis: 'exact' | 'at-least' | null;
  };
  readonly keepalive_kinds: {
    /** The initiator's first message after a handshake, when it has no packet to send. */
    readonly confirmation: number;
    /** Sent 10 s after data to which there was nothing to reply (whitepaper §6.5). */
    readonly passive: number;
    /** Sent after a fixed time of silence: PersistentKeepalive. */
    readonly persistent: number;
    readonly other: number;
    readonly persistent_interval_s: number | null;
  };
  /** Size of the largest IP packet with a message, before fragmentation. */
  readonly largest_outer_bytes: number;
  readonly largest_outer_frame: number | null;
  readonly fragments: {
    readonly packets: number;
    readonly bytes: number;
    /** Share of fragments among the IP packets of this direction. */
    readonly ratio: number | null;
    readonly largest_bytes: number;
    /** Size of the largest fragment that is not the last: the path MTU minus up to 7; `null` without such fragments. */
    readonly largest_cut_bytes: number | null;
    /** First fragments whose later ones are not in the capture. Their messages are counted by the first fragment. */
    readonly without_rest: number;
    readonly frames: readonly number[];
  };
  /** IPv4 packets with and without the DF bit; `null` if there is no IPv4. */
  readonly dont_fragment: { readonly set: number; readonly clear: number } | null;
  readonly dscp: readonly ValueCount[];
  readonly handshake_dscp: readonly ValueCount[];
  readonly ecn: { readonly not_ect: number; readonly ect1: number; readonly ect0: number; readonly ce: number };
  readonly ttl: readonly ValueCount[];
  /**
   * Messages that were not captured completely; and `trains`: datagrams with several messages, as segmentation offload
   * shows them.
   */
  readonly cut_messages: number;
  readonly trains: number;
  /**
   * Incompletely captured datagrams larger than an Ethernet frame. They may hold several messages; all but the first
   * count as lost.
   */
  readonly unsplit_datagrams: number;
  readonly messages_in_trains: number;
}

/** One end of a tunnel. */
export interface PeerEnd {
  /** Its last address and port. */
  readonly endpoint: string;
  readonly other_endpoints: readonly string[];
}

/** A tunnel between two ends, `a` and `b`: paths, sessions and handshakes that belong together. */
export interface PeerReport {
  readonly id: number;
  readonly kind: WireguardKind;
  readonly a: PeerEnd;
  readonly b: PeerEnd;
  /** Where the capture was taken: loss and latency are measured from there. `null`: not known. */
  readonly capture_point: { readonly at: 'a' | 'b' | 'between' | null; readonly evidence: string };
  /** The same messages are in the capture with other addresses too: before and after NAT, for example. */
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

/** Everything known about WireGuard in a capture without keys. */
export interface WireguardReport {
  readonly basis: 'keyless';
  /** Messages of both directions. Trains are split; messages quoted in ICMP errors are not counted. */
  readonly messages: {
    readonly initiation: number;
    readonly response: number;
    readonly cookie_reply: number;
    readonly data: number;
    readonly keepalive: number;
  };
  /** Time of the latest packet of the capture, of any kind. */
  readonly capture_end_ns: number | null;
  /** Peers with the most octets first. */
  readonly peers: readonly PeerReport[];
  readonly peers_not_listed: number;
  /** Messages beyond the bounds of the tables: counted in `messages` only. */
  readonly messages_not_followed: number;
  /** The capture has a later fragment of UDP between any addresses. A capture filter by port would have hidden it. */
  readonly has_later_fragments: boolean;
}
