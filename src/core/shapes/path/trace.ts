/**
 * Results of traces: the hops of a path, by TTL, as `traceroute` and `mtr` show them.
 *
 * @module
 */
import type { Distribution } from '../flow.ts';
import type { LaneComparison } from './ping.ts';
import type { PathTestBase } from './test-base.ts';

/**
 * What a hop's answers mean.
 *
 * - `target`: the target itself answers, and no more is lost than a single probe by chance
 * - `ok`: a router that answers every probe, or loses no more than what is beyond it
 * - `answers-some`: a router that answers only some probes; the loss does not go on, so it is none of the path
 * - `silent`: a router that answers no probe; those beyond it answer
 * - `loss-begins`: the loss that reaches the target begins at this hop, or right before it
 * - `loss`: the loss that reaches the target is seen here too
 * - `unreachable`: a router says that it cannot deliver
 * - `no-answer`: this TTL and all beyond it are silent
 */
export type HopStatus =
  | 'target'
  | 'ok'
  | 'answers-some'
  | 'silent'
  | 'loss-begins'
  | 'loss'
  | 'unreachable'
  | 'no-answer';

/** An address that answered for a TTL. */
export interface HopAddress {
  readonly address: string;
  /** Name by the resolver; `null`: none, not asked, or not answered in time. */
  readonly name: string | null;
  /** Answers that were received from it. */
  readonly answers: number;
  /** Whether it is of a private range (RFC 1918, RFC 6598, RFC 4193, link-local). */
  readonly private: boolean;
  /**
   * Guessed number of hops of the way back, from the TTL of the answer: it assumes that the TTL began at 64, 128 or
   * 255. `null` where the TTL is not known.
   */
  readonly guessed_return_hops: number | null;
}

/** One entry of an MPLS label stack (RFC 3032 §2.1; RFC 5462 for the name of the traffic class). */
export interface MplsLabel {
  readonly label: number;
  readonly traffic_class: number;
  /** Whether it is the last one of the stack. */
  readonly bottom: boolean;
  readonly ttl: number;
}

/** One hop: all answers to probes with one TTL. */
export interface HopRow {
  readonly ttl: number;
  /** In the order of their first answers; several where the path branches or changes. */
  readonly addresses: readonly HopAddress[];
  readonly probes_sent: number;
  /** Probes that were answered, each counted once. */
  readonly probes_received: number;
  /** Share of the probes without an answer. This is not loss of the path: see `status`. */
  readonly loss_ratio: number | null;
  readonly last_ns: number | null;
  readonly p50_ns: number | null;
  readonly p99_ns: number | null;
  readonly best_ns: number | null;
  readonly worst_ns: number | null;
  /** Mean difference of two consecutive round trips. */
  readonly jitter_ns: number | null;
  /** Answers beyond the first one of a probe. */
  readonly duplicates: number;
  /** MTU of the next link, where this hop said that a probe is too large for it. */
  readonly mtu_bytes: number | null;
  /** MPLS labels with which probes arrived here, by the last answer that told, the outermost first; else empty. */
  readonly mpls: readonly MplsLabel[];
  /** ICMP type and code of a message that ended the way here, such as `host unreachable`; `null` without one. */
  readonly unreachable: string | null;
  readonly status: HopStatus;
  /** The status in words. */
  readonly words: string;
  /** Round trips of the last rounds, the newest last; `null` for a probe without answer. At most 60. */
  readonly recent_ns: readonly (number | null)[];
}

/** One branch of the path that source ports lead along. */
export interface TraceBranch {
  /** Source ports whose probes took this branch. */
  readonly source_ports: readonly number[];
  /** Address by TTL, the first is TTL 1; `null` where nothing answered. */
  readonly hops: readonly (string | null)[];
}

/** All hops at one moment. */
export interface TraceRound {
  /** Rounds that were begun. */
  readonly rounds: number;
  readonly hops: readonly HopRow[];
}

/** A comparison with the trace of the first source, family or address, which ran at the same time. */
export interface TraceComparison extends LaneComparison {
  /** Hops to the target, less those of the other trace; `null` if one of them did not reach it. */
  readonly hop_difference: number | null;
  /** Loss to the target, less that of the other trace; `null` if one of them did not reach it. */
  readonly loss_ratio_added: number | null;
}

/** Result of a trace (`trace`), or of repeated ones (`mtr`). */
export interface TraceResult extends PathTestBase {
  readonly test: 'trace' | 'mtr';
  readonly duration_ns: number;
  readonly rounds: number;
  readonly max_hops: number;
  /** Hops up to the target, or up to the last one that answered. */
  readonly hops: readonly HopRow[];
  /** Whether the target itself answered. */
  readonly reached: boolean;
  /** TTL at which the target answers; `null` if it did not. */
  readonly hop_count: number | null;
  /** Loss of probes that had TTL enough to reach the target; `null` if it never answered. */
  readonly loss_ratio: number | null;
  /** Round trips to the target; `null` values if it never answered. */
  readonly rtt_ns: Distribution;
  /** Source port of the probes; `null` for ICMP, and where each probe has its own. */
  readonly source_port: number | null;
  /** Branches of the path by source port; one or more if `--paths` asked for several, else empty. */
  readonly branches: readonly TraceBranch[];
  /** Addresses that come again at a later TTL, in order: a routing loop. `null` without one. */
  readonly loop: readonly string[] | null;
  /** Answers to probes that were known, from an address that cannot be: the target answered under another address. */
  readonly answered_by: readonly string[];
  /** Messages that belong to no probe, or quote too little to say to which. */
  readonly unmatched_answers: number;
  /** One or more sentences about what the table means. */
  readonly findings: readonly string[];
  /** `null` for the first of several sources, families and addresses, and where there is only one. */
  readonly compared: TraceComparison | null;
  /** The trace from the server back to this host; `null` if it was not asked for. */
  readonly back: TraceBack | null;
}

/** An address and a port; `null` where it is not known. */
export interface TraceEndpoint {
  readonly address: string | null;
  readonly port: number | null;
}

/** The trace back in the result of a trace: the hops from the server to this host. */
export interface TraceBack {
  readonly protocol: 'udp';
  readonly method: string;
  /** The server's end: probes leave from the port of its tests. `null` fields without a trace. */
  readonly source: TraceEndpoint;
  /** This host as the server sees it, which behind NAT is another address. `null` without a trace. */
  readonly address: string | null;
  readonly port: number | null;
  readonly complete: boolean;
  /** Why there is no trace back, or why it is not complete. The trace there is not concerned. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly duration_ns: number | null;
  readonly rounds: number;
  readonly max_hops: number;
  readonly hops: readonly HopRow[];
  /** Whether probes arrived at this host. */
  readonly reached: boolean;
  readonly hop_count: number | null;
  readonly loss_ratio: number | null;
  readonly rtt_ns: Distribution;
  readonly loop: readonly string[] | null;
  readonly answered_by: readonly string[];
  readonly unmatched_answers: number;
  /** What was used, and one or more sentences about what the table means. */
  readonly findings: readonly string[];
}
