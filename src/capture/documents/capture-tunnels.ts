/**
 * What tunnels of a capture carry, what they cost, and what their sequence numbers say. JSON names as in
 * `capture-report.ts`; ratios 0..1, `null` for what encryption hides or a protocol does not tell.
 *
 * @module
 */

/** Octets of headers and trailers around an inner IP packet, by the formats. */
export interface HeaderBytes {
  readonly least: number;
  /** `null`: no bound, as of label stacks and options. */
  readonly most: number | null;
}

export interface TunnelKindReport {
  /** A `TunnelKind`. */
  readonly kind: string;
  /** Those that came in pieces count once. */
  readonly packets: number;
  /** Of the outer IP packets, all pieces; of the frame where the tunnel lies below IP. */
  readonly outer_bytes: number;
  /** Of the inner IP packets. Of WireGuard the most there can be: padding is encrypted too. */
  readonly inner_bytes: number | null;
  readonly inner_ratio: number | null;
  /** Octets that the innermost TCP segments and UDP datagrams carry. */
  readonly payload_bytes: number | null;
  /** `payload_bytes` of `outer_bytes`. */
  readonly goodput_ratio: number | null;
  /** Mean over packets with an IP packet inside, from the outer IP header on. */
  readonly overhead_bytes: number | null;
  /** What `overhead_bytes` should be, for the families of IP outside that occur. */
  readonly header_bytes: HeaderBytes | null;
}

/**
 * What the sequence numbers of one direction say of the way from the sender to where the capture stands.
 * What is lost behind that point shows nowhere.
 */
export interface TunnelSequenceReport {
  /** Different numbers. */
  readonly received: number;
  readonly lost: number;
  readonly loss_ratio: number | null;
  readonly duplicated: number;
  readonly reordered: number;
  /** Too old to be told from duplicates. */
  readonly stale: number;
  /** Times that the numbers began anew: a new key, or a restart. */
  readonly restarts: number;
  /** Far from all others, and left out. */
  readonly implausible: number;
}

/** Packets with one id, from one endpoint to another. */
export interface TunnelFlowReport {
  /** A `TunnelKind`. */
  readonly kind: string;
  /** `vni 7`, `teid 0x00000001`; `null`: the kind has none. */
  readonly id: string | null;
  /** `null`: the tunnel lies below IP. */
  readonly from: string | null;
  readonly to: string | null;
  readonly packets: number;
  readonly outer_bytes: number;
  readonly inner_bytes: number | null;
  readonly inner_ratio: number | null;
  readonly payload_bytes: number | null;
  readonly goodput_ratio: number | null;
  readonly first_frame: number;
  /** `null`: the kind has no numbers in clear, or they are not those of packets. */
  readonly sequence: TunnelSequenceReport | null;
}

export interface TunnelsReport {
  /** Those with the most octets first. */
  readonly kinds: readonly TunnelKindReport[];
  /** All kinds but WireGuard and signalling; those with the most octets first. */
  readonly flows: readonly TunnelFlowReport[];
  readonly flows_not_listed: number;
  /** Of flows beyond the table's bound. */
  readonly packets_not_followed: number;
}
