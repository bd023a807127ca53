/**
 * Result of a search for the path MTU: the largest packet that passes, in each direction that can be told.
 *
 * Sizes are octets of IP packet, header included, as an MTU counts them.
 *
 * @module
 */
import type { PathKind } from '../path.ts';
import type { PathTestBase } from './test-base.ts';

/**
 * What was found in one direction.
 *
 * - `whole`: all that the sender's device can send passes
 * - `icmp-tells`: larger packets do not pass, and a router said so, with the right size
 * - `icmp-wrong`: larger packets do not pass, and what routers said is another size
 * - `fragmented`: larger packets are cut on the way, although DF is set
 * - `black-hole`: larger packets vanish, and nobody says so
 * - `loss-too-high`: so much is lost that a size cannot be told from loss
 * - `no-answer`: nothing was answered
 * - `unfinished`: the search did not come to its end
 */
export type MtuVerdictName =
  | 'whole'
  | 'icmp-tells'
  | 'icmp-wrong'
  | 'fragmented'
  | 'black-hole'
  | 'loss-too-high'
  | 'no-answer'
  | 'unfinished';

/** An MTU that a router or a kernel reported. */
export interface ReportedMtu {
  readonly mtu_bytes: number;
  readonly origin: 'icmp' | 'kernel';
  /** Address of the router; `null` for the kernel of the sender. */
  readonly from: string | null;
  readonly count: number;
}

/** A hop by its TTL; 0 is the sender itself. */
export interface HopPlace {
  readonly ttl: number;
  readonly address: string | null;
}

/** One direction. */
export interface MtuDirection {
  /** Largest packet that was acknowledged; `null` if none was. */
  readonly path_mtu_bytes: number | null;
  /** Smallest packet that was not, in several tries; `null` if none failed. */
  readonly failed_bytes: number | null;
  /** Largest packet that the sender's device sends. */
  readonly sender_mtu_bytes: number;
  readonly verdict: MtuVerdictName;
  /** The verdict in a sentence. */
  readonly words: string;
  readonly reported: readonly ReportedMtu[];
  /** Largest fragment in which a probe arrived; `null` if all arrived whole, and where nobody tells it. */
  readonly fragment_bytes: number | null;
  /** Between which hops packets vanish; `null` where nothing vanishes, and where no TTL tells it. */
  readonly vanishes: { readonly after: HopPlace; readonly before: HopPlace } | null;
  readonly probes_sent: number;
  readonly answers: number;
  /** Share of probes of passing sizes that were lost; `null` without any. */
  readonly loss_ratio: number | null;
  /** Shortest round trip. */
  readonly min_rtt_ns: number | null;
  readonly duration_ns: number;
}

/** The MTU of a tunnel over this path. */
export interface TunnelMtu {
  readonly outer_family: 4 | 6;
  /** `null` if no tunnel fits. */
  readonly mtu_bytes: number | null;
  /** The arithmetic on one line. */
  readonly arithmetic: string;
}

/** The device by which the probes left, if it is a tunnel. */
export interface TunnelDeviceMtu {
  readonly device: string;
  readonly kind: PathKind;
  readonly mtu_bytes: number | null;
  /** What is wrong with its MTU, one sentence each; empty if nothing is. */
  readonly faults: readonly string[];
}

/** What TCP uses on the path. */
export interface TcpMss {
  /** Largest segment that this end sends, without options (TCP_INFO). */
  readonly mss_bytes: number | null;
  /** Largest segment that this end asked for: its MSS option, less 12 where timestamps are in use. */
  readonly advertised_mss_bytes: number | null;
  /** Path MTU that the kernel holds for the connection. */
  readonly path_mtu_bytes: number | null;
  /** Largest segment that the other end sends; `null` where no winze tells it. */
  readonly peer_mss_bytes: number | null;
  /** Whether a middlebox changed the MSS option on the way to the other end; `null` where no winze tells it. */
  readonly rewritten: boolean | null;
}

/** A comparison with the search of the first source, family or address, which came before. */
export interface MtuComparison {
  /** What it is compared with, as in `source`, `family` and `address` of that test. */
  readonly source: { readonly address: string | null; readonly device: string | null };
  readonly family: 4 | 6;
  readonly address: string;
  /** Path MTU, less that of the other; `null` if one of them was not found. */
  readonly mtu_difference_bytes: number | null;
}

/** Result of a search for the path MTU. */
export interface MtuResult extends PathTestBase {
  readonly test: 'mtu';
  readonly duration_ns: number;
  /** The smaller of both directions; `null` if none was found. */
  readonly path_mtu_bytes: number | null;
  /** From here to the target; `null` for TCP, whose segments the kernel cuts. */
  readonly forward: MtuDirection | null;
  /** From the target to here; `null` unless it is a server of winze. */
  readonly backward: MtuDirection | null;
  /** `null` for other protocols. */
  readonly tcp: TcpMss | null;
  /** MTU that a WireGuard tunnel over this path should have, by outer family. */
  readonly wireguard: readonly TunnelMtu[];
  readonly tunnel_device: TunnelDeviceMtu | null;
  /** One or more sentences about what was found. */
  readonly findings: readonly string[];
  /** `null` for the first of several sources, families and addresses, and where there is only one. */
  readonly compared: MtuComparison | null;
}
