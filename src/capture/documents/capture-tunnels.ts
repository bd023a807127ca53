/**
 * The tunnels of a capture: what they carry, their overhead, and loss by their sequence numbers. JSON names as in
 * `capture-report.ts`. Ratios are from 0 to 1; `null` for what is encrypted, or what the protocol does not show.
 *
 * @module
 */

/**
 * Octets of the headers and trailers around an inner IP packet, by the formats of the protocols.
 */
export interface HeaderBytes {
  readonly least: number;
  /** `null` if there is no bound: label stacks and options. */
  readonly most: number | null;
}

/** All packets of one kind of tunnel. */
export interface TunnelKindReport {
  /** A `TunnelKind`. */
  readonly kind: string;
  /** A fragmented packet counts once. */
  readonly packets: number;
  /** Octets of the outer IP packets, all fragments included; of the frames, if the tunnel is below IP. */
  readonly outer_bytes: number;
  /** Octets of the inner IP packets; for WireGuard an upper bound, because padding is encrypted too. */
  readonly inner_bytes: number | null;
  readonly inner_ratio: number | null;
  /** Payload octets of the innermost TCP segments and UDP datagrams. */
  readonly payload_bytes: number | null;
  /** `payload_bytes` divided by `outer_bytes`. */
  readonly goodput_ratio: number | null;
  /** Mean overhead of the packets with an IP packet inside, counted from the outer IP header. */
  readonly overhead_bytes: number | null;
  /** What `overhead_bytes` should be, for the outer IP versions that occur. */
  readonly header_bytes: HeaderBytes | null;
}

/**
 * Loss and reordering of one direction by its sequence numbers, from the sender to the capture point. Losses after the
 * capture point cannot be seen.
 */
export interface TunnelSequenceReport {
  /** Number of distinct sequence numbers. */
  readonly received: number;
  readonly lost: number;
  readonly loss_ratio: number | null;
  readonly duplicated: number;
  readonly reordered: number;
  /** Too old to be told from duplicates. */
  readonly stale: number;
  /** How often the numbers started again: a new key, or a restart. */
  readonly restarts: number;
  /** Numbers far from all others. They are left out of the other counts. */
  readonly implausible: number;
}

/** Packets with one tunnel id, from one endpoint to another. */
export interface TunnelFlowReport {
  /** A `TunnelKind`. */
  readonly kind: string;
  /** `vni 7`, `teid 0x00000001`; `null` if the kind has no id. */
  readonly id: string | null;
  /** Outer addresses; `null` if the tunnel is below IP. */
  readonly from: string | null;
  readonly to: string | null;
  readonly packets: number;
  readonly outer_bytes: number;
  readonly inner_bytes: number | null;
  readonly inner_ratio: number | null;
  readonly payload_bytes: number | null;
  readonly goodput_ratio: number | null;
  readonly first_frame: number;
  /** `null` if the kind has no sequence numbers in clear, or if they do not count packets. */
  readonly sequence: TunnelSequenceReport | null;
}

/** The tunnels of a capture, by kind and by flow. */
export interface TunnelsReport {
  /** Kinds with the most octets first. */
  readonly kinds: readonly TunnelKindReport[];
  /** Flows of all kinds except WireGuard and signalling, with the most octets first. */
  readonly flows: readonly TunnelFlowReport[];
  readonly flows_not_listed: number;
  /** Packets of flows beyond the bound of the table. */
  readonly packets_not_followed: number;
}
