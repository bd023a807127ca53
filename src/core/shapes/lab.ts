/**
 * `winze lab`: its configuration, its events, and its document.
 *
 * As in the result document, names are those of the JSON, with their units; `null` is not measured.
 * The schema is `schema/lab-1.schema.json`.
 *
 * @module
 */

import type { Expectation } from '../expectation.ts';
import type { Distribution } from './flow.ts';
import type { HostFacts, Overhead, PathResult, TestResult } from './result.ts';
import type { EngineChoice, Protocol, TestKind } from './spec.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const LAB_SCHEMA = 'winze-lab/1';

/** Parameters of the line between the two ends. Each value applies to each direction. */
export interface LabLine {
  /** `null` is no rate limit. */
  readonly rate_bps: number | null;
  readonly delay_ns: number;
  readonly loss_ratio: number;
  readonly mtu_bytes: number;
}

/** Configuration of one run of the lab. */
export interface LabConfig {
  readonly line: LabLine;
  /** Whether to test a tunnel inside a tunnel too. */
  readonly nest: boolean;
  /** TCP congestion control of both ends, such as `cubic`; `null` for the default of this host. */
  readonly congestion_control: string | null;
  /** Duration of one test; `null` chooses it so that the whole run takes about a minute. */
  readonly duration_ns: number | null;
  readonly title: string | null;
  readonly engine: EngineChoice;
  readonly signal: AbortSignal | null;
  readonly onEvent: (event: LabEvent) => void;
}

/** Name of a row: the line without a tunnel, or a tunnel over it. */
export type LabRowName = 'plain' | 'winze' | 'wireguard-go' | 'wireguard' | 'nested';

/**
 * Phase of a run. `compare`: rounds of tests on every row in turn. `load`: round-trip times while TCP fills the line.
 * `count`: bytes on the line.
 */
export type LabPhase = 'compare' | 'load' | 'count';

/** Events of a running lab. */
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
      /** Expected time until the end of the run, this test included. */
      readonly left_ns: number;
    };

/**
 * What the two ends are: two network namespaces of the kernel, or, without them, two tunnel engines in this process.
 */
export type LabMode = 'namespaces' | 'engines';

/** The line, and how it was made. */
export interface LabLink extends LabLine {
  /** A pair of virtual Ethernet devices, winze's relay between two TUN devices, or UDP over loopback. */
  readonly kind: 'veth' | 'relay' | 'loopback';
  /** What enforces rate, delay and loss; `null` if there are none. */
  readonly impaired_by: 'tbf' | 'netem' | 'relay' | null;
  /**
   * Round-trip time of the plain line beyond the requested delay and rate: the time in both network stacks, and in
   * the relay if there is one. `null` before it was measured.
   */
  readonly added_rtt_ns: number | null;
  /** Packet counts of winze's relay, both directions together; `null` without the relay. */
  readonly relay: LabRelay | null;
}

/** Packet counts of the relay that stands for the line. */
export interface LabRelay {
  readonly packets_carried: number;
  /** Dropped on purpose, for `loss_ratio`. */
  readonly packets_lost: number;
  /** Dropped because the queue of the rate limit was full. */
  readonly packets_queue_full: number;
  /** Dropped because the receiving device accepted no more packets: a fault of the relay, not of the line. */
  readonly packets_refused: number;
  /** Greatest processor time of the relay during one TCP test, in cores; above 0.9 the relay itself was a limit. */
  readonly busiest_ratio: number | null;
}

/** Processor time in cores during the TCP tests, median of the rounds. */
export interface LabCpu {
  /** Process of the sender. */
  readonly near_ratio: number | null;
  /** Process of the receiver. */
  readonly far_ratio: number | null;
  /** Processes of the tunnel, both ends together; `null` without a tunnel, or if the kernel runs it. */
  readonly tunnel_ratio: number | null;
}

/** Results of one row. Times are nanoseconds, rates bits per second. */
export interface LabRow {
  readonly name: LabRowName;
  /** Address of the far end on this row. */
  readonly address: string;
  readonly mtu_bytes: number;
  /** One stream, upload, from the near to the far end. Median of the rounds, measured by the receiver. */
  readonly tcp_goodput_bps: number | null;
  readonly tcp_retransmits: number | null;
  /** Congestion control that TCP used. */
  readonly tcp_congestion_control: string | null;
  /** UDP sent as fast as possible: goodput at the receiver. */
  readonly udp_goodput_bps: number | null;
  /** UDP sent as fast as possible: lost datagrams, as a share of those sent. */
  readonly udp_loss_ratio: number | null;
  /** UDP sent at a rate below the capacity of the row: this rate, and goodput and loss at it. */
  readonly udp_paced_rate_bps: number | null;
  readonly udp_paced_goodput_bps: number | null;
  readonly udp_paced_loss_ratio: number | null;
  /** Round-trip times of UDP probes on the idle line; from the round with the median p50. */
  readonly rtt_ns: Distribution | null;
  /** The same while TCP fills the line. */
  readonly loaded_rtt_ns: Distribution | null;
  readonly cpu: LabCpu | null;
}

/** A part of the lab that was left out on this host. */
export interface LabLeftOut {
  readonly what: string;
  /** Why it was left out, and what to do about it. */
  readonly reason: string;
}

/** Document of a lab that measured nothing, because its namespaces, engines or line could not be set up. */
export type FailedLabDocument = Omit<LabDocument, 'mode' | 'link'> & { readonly mode: null; readonly link: null };

/** Everything that one run of the lab measured. */
export interface LabDocument {
  readonly schema: typeof LAB_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Wall-clock start, ISO 8601 UTC. */
  readonly started_at: string;
  readonly title: string | null;
  readonly host: HostFacts;
  /** Cores that other programs kept busy before the first test. */
  readonly other_busy_cores: number | null;
  readonly mode: LabMode;
  readonly link: LabLink;
  /** The first is `plain`. */
  readonly rows: readonly LabRow[];
  /** Each tunnel compared with `plain`: for TCP, and for UDP sent as fast as possible. */
  readonly overhead: readonly Overhead[];
  readonly left_out: readonly LabLeftOut[];
  /** The path of every row, from the routes of both ends. `name` is the row's name. */
  readonly paths: readonly PathResult[];
  /** Every test of the phase `compare`. `path` is the row's name. */
  readonly tests: readonly TestResult[];
  /** Latency tests, and the TCP tests that filled the line at the same time. */
  readonly loaded_tests: readonly TestResult[];
  /** Tests with segmentation offload off, so that the counters of the line see every packet. */
  readonly counted_tests: readonly TestResult[];
  readonly expectations: readonly Expectation[];
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}
