/**
 * `winze lab`: what may be asked of it, what it tells meanwhile, and the document it returns.
 *
 * As in the result document, names are those of the JSON, with their units; `null` is not measured.
 * The schema in `schema/lab-1.schema.json` says the same.
 *
 * @module
 */
import type { EngineChoice } from './config.ts';
import type { Distribution, Expectation, HostFacts, Overhead, PathResult, TestResult } from './result.ts';
import type { Protocol, TestKind } from './spec.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const LAB_SCHEMA = 'winze-lab/1';

/** The line between the two ends, each value in each direction. */
export interface LabLine {
  /** `null` is as fast as it goes. */
  readonly rate_bps: number | null;
  readonly delay_ns: number;
  readonly loss_ratio: number;
  readonly mtu_bytes: number;
}

export interface LabConfig {
  readonly line: LabLine;
  /** Also a tunnel inside the tunnel. */
  readonly nest: boolean;
  /** Of TCP at both ends, `cubic`; `null` for what this host uses. */
  readonly congestion_control: string | null;
  /** Time of one test; `null` for what fits in about a minute. */
  readonly duration_ns: number | null;
  readonly title: string | null;
  readonly engine: EngineChoice;
  readonly signal: AbortSignal | null;
  readonly onEvent: (event: LabEvent) => void;
}

/** What can be a row: the bare line, and tunnels over it. */
export type LabRowName = 'plain' | 'winze' | 'wireguard-go' | 'wireguard' | 'nested';

/** `compare`: rounds on every row in turn. `load`: round trips beside TCP. `count`: bytes on the line. */
export type LabPhase = 'compare' | 'load' | 'count';

export type LabEvent =
  | { readonly tag: 'link'; readonly mode: LabMode; readonly link: LabLink }
  | { readonly tag: 'row'; readonly name: LabRowName; readonly mtu_bytes: number }
  | { readonly tag: 'left-out'; readonly left_out: LabLeftOut }
  | {
      readonly tag: 'test';
      readonly phase: LabPhase;
      readonly round: number;
      readonly rounds: number;
      readonly row: LabRowName;
      readonly test: TestKind;
      readonly protocol: Protocol;
      readonly rate_bps: number | null;
      /** Time that this test and all later ones are expected to take. */
      readonly left_ns: number;
    };

/** Two network namespaces of the kernel, or where there are none two tunnel engines and nothing around them. */
export type LabMode = 'namespaces' | 'engines';

/** What the line was made of. */
export interface LabLink extends LabLine {
  /** A pair of virtual Ethernet devices, our own relay between two TUN devices, or UDP over loopback. */
  readonly kind: 'veth' | 'relay' | 'loopback';
  /** Who keeps to the rate, the delay and the loss; `null` where there are none. */
  readonly impaired_by: 'tbf' | 'netem' | 'relay' | null;
  /**
   * Round trip of the plain line beyond the delay and the rate that were asked for: what the relay, where there is
   * one, and both network stacks add. `null` before it was measured.
   */
  readonly added_rtt_ns: number | null;
  /** What became of the packets, where our own relay carried them; the sum of both directions. */
  readonly relay: LabRelay | null;
}

export interface LabRelay {
  readonly packets_carried: number;
  /** As `loss_ratio` asked for. */
  readonly packets_lost: number;
  /** Because the queue before the rate limit was full. */
  readonly packets_queue_full: number;
  /** Because the receiving device took no more: the relay's own fault, not the line's. */
  readonly packets_refused: number;
  /** Most processor time that it took during one TCP test, in cores; above 0.9 it was a limit itself. */
  readonly busiest_ratio: number | null;
}

/** Processor time in cores during the TCP tests, median of the rounds. */
export interface LabCpu {
  /** The sender's process. */
  readonly near_ratio: number | null;
  /** The receiver's process. */
  readonly far_ratio: number | null;
  /** The processes of the tunnel, both ends together; `null` without any, or where it runs in the kernel. */
  readonly tunnel_ratio: number | null;
}

export interface LabRow {
  readonly name: LabRowName;
  /** Of the far end, by which the tests reached it. */
  readonly address: string;
  readonly mtu_bytes: number;
  /** One stream, upload: near to far. Medians of the rounds, by the receiver's count. */
  readonly tcp_goodput_bps: number | null;
  readonly tcp_retransmits: number | null;
  /** What TCP went by. */
  readonly tcp_congestion_control: string | null;
  /** Sent as fast as it goes: what arrived, and the share of what was sent that did not. */
  readonly udp_goodput_bps: number | null;
  readonly udp_loss_ratio: number | null;
  /** Sent at a rate that the row should carry. */
  readonly udp_paced_rate_bps: number | null;
  readonly udp_paced_goodput_bps: number | null;
  readonly udp_paced_loss_ratio: number | null;
  /** UDP probes with nothing else on the line; the round of the median p50. */
  readonly rtt_ns: Distribution | null;
  /** The same while TCP fills the line. */
  readonly loaded_rtt_ns: Distribution | null;
  readonly cpu: LabCpu | null;
}

/** Something that the lab does elsewhere and did not do here. */
export interface LabLeftOut {
  readonly what: string;
  /** Why, and what to do about it. */
  readonly reason: string;
}

/** Of a lab that measured nothing: what it ran in, and its line, may never have been there. */
export type FailedLabDocument = Omit<LabDocument, 'mode' | 'link'> & { readonly mode: null; readonly link: null };

/** Everything that one run of the lab measured. */
export interface LabDocument {
  readonly schema: typeof LAB_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Wall-clock start, ISO 8601 UTC. */
  readonly started_at: string;
  readonly title: string | null;
  readonly host: HostFacts;
  /** Cores that were busy before the first test, with something else. */
  readonly other_busy_cores: number | null;
  readonly mode: LabMode;
  readonly link: LabLink;
  /** The first is `plain`. */
  readonly rows: readonly LabRow[];
  /** Each tunnel against `plain`: for TCP, and for UDP sent as fast as it goes. */
  readonly overhead: readonly Overhead[];
  readonly left_out: readonly LabLeftOut[];
  /** The rows as routes of both ends tell them, and every test on them. `path` is the row's name. */
  readonly paths: readonly PathResult[];
  readonly tests: readonly TestResult[];
  /** Round trips, and the TCP test that filled the line meanwhile. */
  readonly loaded_tests: readonly TestResult[];
  /** With segmentation offload off, so that the line's counters see every packet. */
  readonly counted_tests: readonly TestResult[];
  readonly expectations: readonly Expectation[];
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}
