/**
 * The result document: `--json` prints it, the library returns it, and reports are made from it.
 *
 * The types have the JSON names (snake_case with the unit), so that there is one definition only.
 * Rates are bits per second, times nanoseconds, ratios 0..1; what was not measured is `null`.
 * The schema is `schema/result-1.schema.json`, and tests validate documents against it.
 *
 * @module
 */

import type { Expectation } from '../expectation.ts';
import type { ConnectionFailure, ConnectionsInterval, ConnectionTls, HeldConnections } from './connections.ts';
import type { CpuFacts, Distribution, FlowResult, Interval, LimitedBy } from './flow.ts';
import type { HostDetails } from './host-details.ts';
import type { PathTestResult } from './path/document.ts';
import type { PathEnd } from './path.ts';
import type { Clip, Direction, Engine, FlowDirection, Protocol, TestSpec } from './spec.ts';
import type { TestCapture } from './test-capture.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const RESULT_SCHEMA = 'winze-result/1';

/** Bytes and packets of one device during a test, from the interface counters. */
export interface WireCount {
  readonly device: string;
  readonly tx_bytes: number;
  readonly rx_bytes: number;
  readonly tx_packets: number;
  readonly rx_packets: number;
}

interface TestResultBase {
  readonly protocol: Protocol;
  readonly path: string;
  /** 1-based round of a comparison; 1 otherwise. */
  readonly round: number;
  readonly config: TestSpec;
  readonly clipped: readonly Clip[];
  /** `linux` only if both ends used it; `engines` has each end's. */
  readonly engine: Engine;
  readonly engines: { readonly client: Engine; readonly server: Engine };
  /** False if the test ended early, or if nothing was received; the figures are what was measured until then. */
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly cpu: { readonly client: CpuFacts | null; readonly server: CpuFacts | null };
  /** Time from the start of the client, or from the end of the previous test, to the first data packet. */
  readonly setup_ns: number | null;
  readonly wire: WireCount | null;
  /** Fragments that the client's host created during the test (FragCreates). */
  readonly fragments_created: number | null;
  /** Reasons to doubt the figures, in words. */
  readonly warnings: readonly string[];
  /** Counts of the tunnel's packets during the test. `null`: not requested, or the test did not use a tunnel. */
  readonly capture: TestCapture | null;
}

/** Result of one bandwidth test. */
export interface BandwidthResult extends TestResultBase {
  readonly test: 'bandwidth';
  readonly direction: Direction;
  readonly flows: readonly FlowResult[];
  readonly intervals: readonly Interval[];
  /** In a test of packets: size of one IP packet with its headers, in bytes; `null` in other tests. */
  readonly ip_packet_bytes: number | null;
  /** In a test of packets: packets for each second of processor time of the winze process; `null` in other tests. */
  readonly packets_per_cpu_s: { readonly client: number | null; readonly server: number | null } | null;
  readonly limited_by: readonly LimitedBy[];
}

/** How well the sending of probes kept to its schedule. */
export interface ScheduleFacts {
  readonly gap_ns: number;
  /** Time at which a probe was sent, minus the time at which it was due. */
  readonly lateness_ns: Distribution;
  /** Share of probes sent more than 1 ms late. */
  readonly late_ratio: number | null;
  /** False if the host did not keep the schedule (late_ratio over 1 %): the figures are then not reliable. */
  readonly kept: boolean;
}

/** Result of one latency test. */
export interface LatencyResult extends TestResultBase {
  readonly test: 'latency';
  readonly packets_sent: number;
  /** Distinct answers. */
  readonly packets_received: number;
  readonly packets_lost: number;
  readonly loss_ratio: number | null;
  /** Probes that did not reach the server; `null` if the server could not tell. */
  readonly packets_lost_up: number | null;
  /** Answers that were sent and did not reach the client; `null` if the server could not tell. */
  readonly packets_lost_down: number | null;
  readonly packets_reordered: number;
  readonly packets_duplicated: number;
  readonly loss_runs: { readonly n: number; readonly mean: number | null; readonly max: number };
  /** Time at which the answer was received, minus the time at which the probe was due. */
  readonly rtt_ns: Distribution;
  /** Time at which the answer was received, minus the time at which the probe was sent. */
  readonly rtt_from_send_ns: Distribution;
  /** Absolute difference of consecutive round-trip times, undefined across a loss (RFC 3393). */
  readonly ipdv_ns: Distribution;
  readonly jitter_rfc3550_ns: number | null;
  /** One-way delay above the smallest of its direction: this needs no synchronised clocks. */
  readonly queueing_up_ns: Distribution;
  readonly queueing_down_ns: Distribution;
  /** Time that probes spent inside the server. */
  readonly server_processing_ns: Distribution;
  readonly schedule: ScheduleFacts;
  /** Source of the receive timestamps of answers: the kernel, or this process. */
  readonly receive_timestamps: 'kernel' | 'user';
  readonly intervals: readonly LatencyInterval[];
}

/** Result of one test of connections a second, or of connections that are held. */
export interface ConnectionTestResult extends TestResultBase {
  readonly test: 'connections';
  /** Connections of this test that the server accepted, a second of its measured window. The server is the receiver. */
  readonly connections_per_s: number | null;
  readonly connections_accepted: number | null;
  /** Length of the server's measured window. */
  readonly accepted_duration_ns: number | null;
  /** Connections that the client opened, a second of its measured time. */
  readonly opened_per_s: number | null;
  readonly connections_opened: number;
  /** Length of the client's measured time. */
  readonly duration_ns: number;
  /** Attempts of the client that failed. */
  readonly connections_failed: number;
  /** Share of the attempts that failed. */
  readonly failure_ratio: number | null;
  /** Connections that the client opened and the server did not count; `null` if it did not report. */
  readonly connections_lost: number | null;
  /** Failures at both ends by the name of the error. */
  readonly failures: readonly ConnectionFailure[];
  /** Time from connect() to the answer to the SYN, at the client. */
  readonly connect_ns: Distribution;
  /** TLS handshakes; `null` if the test had none. A connection counts as opened when its handshake is complete. */
  readonly tls: ConnectionTls | null;
  /**
   * Processor time of the winze of each end for a connection, its TLS handshake included where there is one; `null` of fewer than
   * 100, and where that end told none.
   */
  readonly cpu_ns_per_connection: { readonly client: number | null; readonly server: number | null };
  /** What became of connections that were to be held; `null` if none were. */
  readonly held: HeldConnections | null;
  readonly intervals: readonly ConnectionsInterval[];
}

/** One reporting interval of a latency test. */
export interface LatencyInterval {
  readonly start_ns: number;
  readonly end_ns: number;
  readonly packets_sent: number;
  readonly packets_received: number;
  readonly rtt_ns: Distribution;
}

/** Result of one test; `test` tells which kind. */
export type TestResult = BandwidthResult | LatencyResult | ConnectionTestResult;

/** One path of a run, as both ends see it. */
export interface PathResult {
  /** The address as the user gave it. */
  readonly name: string;
  readonly role: 'baseline' | 'via';
  readonly client: PathEnd;
  readonly server: PathEnd | null;
  /** True if the server is the same process as on the baseline, by its `server_id`. */
  readonly same_server: boolean;
  /** Remarks in words: a tunnel MTU that causes fragmentation, an address that did not answer. */
  readonly notes: readonly string[];
  /** Why the path could not be used, or could no longer be used. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A test without a result, because it never began. Tests on other paths and with other protocols have results. */
export interface TestFailure {
  readonly path: string;
  readonly round: number;
  /** The test as requested. */
  readonly config: TestSpec;
  readonly error: { readonly code: string; readonly message: string };
}

/** Comparison of one path with the baseline. */
export interface Overhead {
  readonly baseline: string;
  readonly path: string;
  readonly protocol: Protocol;
  readonly direction: FlowDirection;
  /** Goodput of the path / goodput of the baseline: median over paired rounds. */
  readonly goodput_ratio: number | null;
  /** 95 % confidence interval of `goodput_ratio`. */
  readonly goodput_ratio_ci95: readonly [number, number] | null;
  readonly rounds: number;
  /** What the tests of this row are about, as in their `config`. */
  readonly figure: TestSpec['figure'] | 'connections';
  /** Packets a second of the path / those of the baseline, by the receivers' counts: median over paired rounds. */
  readonly packets_ratio: number | null;
  /** 95 % confidence interval of `packets_ratio`. */
  readonly packets_ratio_ci95: readonly [number, number] | null;
  /** Accepted connections a second of the path / those of the baseline: median over paired rounds. */
  readonly connections_ratio: number | null;
  /** 95 % confidence interval of `connections_ratio`. */
  readonly connections_ratio_ci95: readonly [number, number] | null;
  /** Greatest `goodput_ratio` that the bytes of the encapsulation allow, at the measured MTUs. */
  readonly ceiling_ratio: number | null;
  /**
   * Where the MTUs of the ceiling are from. `measured`: the path MTUs that a test of this run found on both paths; `device`:
   * what TCP found, else the MTU of the device. `null` without a ceiling.
   */
  readonly mtu_source: 'measured' | 'device' | null;
  /** MTU of the baseline of which the ceiling is; `null` without a ceiling. */
  readonly baseline_mtu_bytes: number | null;
  /** MTU of the path of which the ceiling is; `null` without a ceiling. */
  readonly path_mtu_bytes: number | null;
  /** `goodput_ratio` / `ceiling_ratio`. */
  readonly efficiency_ratio: number | null;
  /** Median over paired rounds of the difference of the median round-trip times. */
  readonly added_rtt_ns: number | null;
  readonly loss_ratio_added: number | null;
  readonly wire_bytes_per_payload_byte: number | null;
  readonly baseline_wire_bytes_per_payload_byte: number | null;
  /** Processor time of both hosts per Gbit of goodput: path / baseline. */
  readonly cpu_per_gbit_ratio: number | null;
}

/** Name, operating system and processor of a host. */
export interface HostFacts {
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

/** A host with its details, which are gathered after the tests. */
export interface DescribedHost extends HostFacts {
  /** `null`: not requested, or not reported. */
  readonly details: HostDetails | null;
}

/** Everything that one run of the client measured. */
export interface ResultDocument {
  readonly schema: typeof RESULT_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Wall-clock start, ISO 8601 UTC. The only wall-clock time in the document. */
  readonly started_at: string;
  readonly title: string | null;
  readonly target: { readonly host: string; readonly port: number; readonly server_id: string | null };
  readonly client: DescribedHost;
  readonly server: (DescribedHost & { readonly version: string }) | null;
  readonly paths: readonly PathResult[];
  /** Tests of the path that came before: each over the target and over every address of `--via`; empty without any. */
  readonly path_tests: readonly PathTestResult[];
  readonly tests: readonly TestResult[];
  /** Tests that did not begin. */
  readonly failures: readonly TestFailure[];
  /** One for each path, protocol and direction of a comparison; empty without `--via`. */
  readonly overhead: readonly Overhead[];
  readonly expectations: readonly Expectation[];
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}
