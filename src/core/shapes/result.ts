/**
 * The result document: `--json` prints it, the library returns it, and reports are made from it.
 *
 * The types have the JSON names (snake_case with the unit), so that there is one definition only.
 * Rates are bits per second, times nanoseconds, ratios 0..1; what was not measured is `null`.
 * The schema is `schema/result-1.schema.json`, and tests validate documents against it.
 *
 * @module
 */
import type { HostDetails, LinkFacts } from './host-details.ts';
import type { Clip, Direction, Engine, FlowDirection, Protocol, TestSpec } from './spec.ts';
import type { TestCapture } from './test-capture.ts';

/** The end of a test that made a measurement. */
export type End = 'client' | 'server';

/** Name of this version of the document. Within one version fields are only added. */
export const RESULT_SCHEMA = 'winze-result/1';

/** A distribution of times in nanoseconds. Without samples, all fields but `n` are `null`. */
export interface Distribution {
  readonly n: number;
  readonly min: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly p9999: number | null;
  readonly max: number | null;
}

/**
 * TCP_INFO of the sending sockets. Over several streams: counts are sums, gauges are means, and `min_rtt_ns` is the
 * smallest.
 */
export interface TcpFacts {
  readonly retransmits: number | null;
  /** Octets of payload that TCP sent, including retransmissions. */
  readonly bytes_transmitted: number | null;
  readonly bytes_retransmitted: number | null;
  /** Retransmitted segments that the receiver already had, as it reported (D-SACK, RFC 2883; RFC 3708). */
  readonly spurious_retransmits: number | null;
  /** Retransmission timeouts (RFC 6298). */
  readonly timeouts: number | null;
  /** Share of the time between a retransmission timeout and the end of its recovery. */
  readonly timeout_ratio: number | null;
  readonly rtt_ns: number | null;
  readonly rtt_var_ns: number | null;
  readonly min_rtt_ns: number | null;
  readonly snd_cwnd_bytes: number | null;
  readonly pmtu_bytes: number | null;
  readonly mss_bytes: number | null;
  readonly congestion_control: string | null;
  /** Share of the time in which the sender had data to send or unacknowledged. */
  readonly busy_ratio: number | null;
  /** Share of the time in which the receiver's window limited the sender. */
  readonly receive_window_limited_ratio: number | null;
  /** Share of the time in which the send buffer limited the sender. */
  readonly send_buffer_limited_ratio: number | null;
}

/** Processor use of one end during the test. 1.0 is one core. `null` if the test was shorter than 0.1 s. */
export interface CpuFacts {
  /** User and system time of the winze process. */
  readonly user_ratio: number | null;
  readonly system_ratio: number | null;
  /** Whole host: time in softirq context. `null` if the system does not report it. */
  readonly softirq_ratio: number | null;
  /** Whole host: cores that were not idle. */
  readonly host_busy_cores: number | null;
  /** The busiest of the threads that sent and received; `null` if the engine cannot tell. */
  readonly busiest_thread_ratio: number | null;
  /** Of those threads, the greatest share of time for which one was runnable and waited for a processor. */
  readonly thread_wait_ratio: number | null;
  /** Cores of the host. */
  readonly cores: number;
  /** Cores that this process may run on (affinity, cpuset). */
  readonly allowed_cores: number | null;
  /** How many of `allowed_cores` were busy, with any program. */
  readonly allowed_busy_cores: number | null;
  /** Processor quota of the control groups of this process, in cores; `null` without a quota. */
  readonly quota_cores: number | null;
  /** Share of the time in which the quota was exhausted; `null` without a quota. */
  readonly throttled_ratio: number | null;
}

/** One reporting interval of one stream, or of all streams of a direction together (`stream: null`). */
export interface Interval {
  readonly direction: FlowDirection;
  readonly stream: number | null;
  /** Time since the measured part began; negative during the warm-up. */
  readonly start_ns: number;
  readonly end_ns: number;
  /** True during the warm-up: the row is shown but does not count in any sum. */
  readonly omitted: boolean;
  readonly goodput_bps: number;
  readonly bytes_received: number;
  readonly packets_received: number | null;
  readonly packets_lost: number | null;
  readonly jitter_rfc3550_ns: number | null;
  readonly retransmits: number | null;
  readonly rtt_ns: number | null;
  readonly snd_cwnd_bytes: number | null;
}

/** Result of one stream of a direction. */
export interface StreamResult {
  readonly stream: number;
  readonly goodput_bps: number | null;
  readonly bytes_received: number | null;
  readonly bytes_sent: number | null;
  readonly packets_sent: number | null;
  readonly packets_received: number | null;
  readonly packets_lost: number | null;
  readonly retransmits: number | null;
}

/** All streams of one direction. The receiver measures goodput and loss, the sender retransmits. */
export interface FlowResult {
  readonly direction: FlowDirection;
  readonly sender: End;
  readonly receiver: End;
  /** 0 if nothing was received; `null` if the receiver did not report, or received everything at one instant. */
  readonly goodput_bps: number | null;
  readonly sent_bps: number | null;
  /** `null` if the sender, or the receiver, did not report. */
  readonly bytes_sent: number | null;
  readonly bytes_received: number | null;
  /** 10th percentile of the goodput in the slices of the window, each 100 ms or longer; `null` below six slices. */
  readonly goodput_p10_bps: number | null;
  /** 90th percentile of the goodput in the slices. */
  readonly goodput_p90_bps: number | null;
  /**
   * TCP: 10th percentile of the rate at which the sender saw segments acknowledged, including selectively. Unlike
   * goodput, it does not stall while the receiver waits for a lost segment. `null` for UDP, and if the kernel does not
   * report it.
   */
  readonly delivered_p10_bps: number | null;
  /** 90th percentile of the same rate. */
  readonly delivered_p90_bps: number | null;
  /** Length of the receiver's measured window. */
  readonly duration_ns: number;
  readonly packets_sent: number | null;
  readonly packets_received: number | null;
  readonly packets_lost: number | null;
  readonly loss_ratio: number | null;
  readonly packets_reordered: number | null;
  readonly packets_duplicated: number | null;
  readonly jitter_rfc3550_ns: number | null;
  /** UDP: mean one-way delay above the smallest of the test, measured by the receiver. */
  readonly queueing_ns: number | null;
  /** UDP: share of the time in which the sender's kernel accepted no datagram, because the send buffer was full. */
  readonly send_blocked_ratio: number | null;
  readonly tcp: TcpFacts | null;
  /** Datagrams that the receiving host dropped because the socket buffer was full (RcvbufErrors). */
  readonly receive_buffer_drops: number | null;
  readonly streams: readonly StreamResult[];
}

/** What limited a bandwidth test, with the evidence in words. */
export interface LimitedBy {
  readonly cause:
    | 'receiver-cpu'
    | 'sender-cpu'
    | 'window'
    | 'shaper'
    | 'varying-rate'
    | 'policer'
    | 'reordering'
    | 'loss'
    | 'path-mtu'
    | 'pacing'
    | 'receive-buffer'
    | 'wireless-link'
    | 'unknown';
  readonly direction: FlowDirection;
  readonly evidence: string;
}

/** A path as seen from one end, by its routes and devices. */
export interface PathFacts {
  readonly local_address: string | null;
  readonly remote_address: string;
  readonly device: string | null;
  readonly kind: PathKind;
  /** MTU of the route if it has one, otherwise of the device. With IPsec, the largest packet that fits inside. */
  readonly mtu_bytes: number | null;
  /** Encapsulations of a packet, from the inside to the outside; `null` if the system does not report them. */
  readonly encapsulation: readonly Encapsulation[] | null;
}

/** One encapsulation: what one tunnel adds around a packet. */
export interface Encapsulation {
  readonly kind: PathKind;
  /** `null` for IPsec without a device. */
  readonly device: string | null;
  /** Family of the outer IP header; `null` if there is none: MACsec, and ESP in transport mode. */
  readonly outer_family: 4 | 6 | null;
  /** Octets of headers and trailers, without padding. */
  readonly added_bytes: number;
  /** The packet is padded to a multiple of this; with ESP, its trailer of 2 octets is included. 1 is no padding. */
  readonly block_bytes: number;
  /** MTU of the device. */
  readonly mtu_bytes: number | null;
}

/** A path as seen from one end, with the link that its packets leave by. */
export interface PathEnd extends PathFacts {
  /** `null`: not requested, or not reported. */
  readonly link: LinkFacts | null;
}

/** Kind of the device or encapsulation that a path uses. */
export type PathKind =
  | 'loopback'
  | 'physical'
  | 'virtual'
  | 'wireguard'
  | 'vxlan'
  | 'geneve'
  | 'gre'
  | 'gretap'
  | 'erspan'
  | 'ipip'
  | 'sit'
  | 'fou'
  | 'gue'
  | 'macsec'
  | 'esp'
  | 'ppp'
  | 'tun'
  | 'other-tunnel'
  | 'unknown';

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

/** One reporting interval of a latency test. */
export interface LatencyInterval {
  readonly start_ns: number;
  readonly end_ns: number;
  readonly packets_sent: number;
  readonly packets_received: number;
  readonly rtt_ns: Distribution;
}

/** Result of one test; `test` tells which kind. */
export type TestResult = BandwidthResult | LatencyResult;

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
  /** Greatest `goodput_ratio` that the bytes of the encapsulation allow, at the measured MTUs. */
  readonly ceiling_ratio: number | null;
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

/** One `--expect` of the user, and whether it was met. */
export interface Expectation {
  readonly expression: string;
  readonly measured: number | null;
  readonly met: boolean;
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
  readonly tests: readonly TestResult[];
  /** Tests that did not begin. */
  readonly failures: readonly TestFailure[];
  /** One for each path, protocol and direction of a comparison; empty without `--via`. */
  readonly overhead: readonly Overhead[];
  readonly expectations: readonly Expectation[];
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}
