/**
 * The result document: what `--json` prints, what the library returns, what reports draw.
 *
 * The types have the JSON names (snake_case with the unit), so there is no second shape to keep in
 * step. Rates are bits per second, times nanoseconds, ratios 0..1; what was not measured is `null`.
 * The schema in `schema/result-1.schema.json` says the same, and tests hold documents against it.
 *
 * @module
 */
import type { HostDetails, LinkFacts } from './host-details.ts';
import type { Clip, Direction, Engine, FlowDirection, Protocol, TestSpec } from './spec.ts';
import type { TestCapture } from './test-capture.ts';

/** Which end of the test made a measurement. */
export type End = 'client' | 'server';

/** Name of this version of the document. Within one version fields are only added. */
export const RESULT_SCHEMA = 'winze-result/1';

/** A distribution of times. Percentiles need samples: with none, all but `n` are `null`. */
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

/** What TCP_INFO says of the sending socket(s); sums for counts, means for gauges over streams, the smallest for `min_rtt_ns`. */
export interface TcpFacts {
  readonly retransmits: number | null;
  /** Octets of payload that TCP sent, what was sent again included, and that alone. */
  readonly bytes_transmitted: number | null;
  readonly bytes_retransmitted: number | null;
  /** Segments that the receiver had already when they were sent again, as it reported (D-SACK, RFC 2883; RFC 3708). */
  readonly spurious_retransmits: number | null;
  /** Retransmission timeouts (RFC 6298), and the share of the time that passed between one and the end of its recovery. */
  readonly timeouts: number | null;
  readonly timeout_ratio: number | null;
  readonly rtt_ns: number | null;
  readonly rtt_var_ns: number | null;
  readonly min_rtt_ns: number | null;
  readonly snd_cwnd_bytes: number | null;
  readonly pmtu_bytes: number | null;
  readonly mss_bytes: number | null;
  readonly congestion_control: string | null;
  /** Share of the time in which the sender had data outstanding and … */
  readonly busy_ratio: number | null;
  /** … was held back by the receiver's window, */
  readonly receive_window_limited_ratio: number | null;
  /** … or by its own send buffer. */
  readonly send_buffer_limited_ratio: number | null;
}

/** Processor use of one end while the test ran. 1.0 is one core. `null` where the time was too short to tell (0.1 s). */
export interface CpuFacts {
  /** This winze process, user and system time. */
  readonly user_ratio: number | null;
  readonly system_ratio: number | null;
  /** Whole host, interrupts handled in softirq context. `null` where the system does not say. */
  readonly softirq_ratio: number | null;
  /** Whole host, everything but idle, in cores. */
  readonly host_busy_cores: number | null;
  /** The busiest of the threads that carried the test, if the engine can tell. */
  readonly busiest_thread_ratio: number | null;
  /** Of those threads, the greatest share of the time that one had work and waited for a processor. */
  readonly thread_wait_ratio: number | null;
  /** Of the host. */
  readonly cores: number;
  /** Those of them that this process may run on (affinity, cpuset), and how many of those were busy, with whatever. */
  readonly allowed_cores: number | null;
  readonly allowed_busy_cores: number | null;
  /** Processor time that the control groups of this process allow it; `null` without a quota. */
  readonly quota_cores: number | null;
  /** Share of the time in which that quota was used up; `null` without a quota. */
  readonly throttled_ratio: number | null;
}

/** One row of the running report: one stream, or `stream: null` for the sum of all. */
export interface Interval {
  readonly direction: FlowDirection;
  readonly stream: number | null;
  /** Since the measured part began; negative during the warm-up. */
  readonly start_ns: number;
  readonly end_ns: number;
  /** True during the warm-up: shown, but left out of every sum. */
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

/** One stream's share of a direction. */
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

/** All streams of one direction. Goodput and loss are the receiver's; retransmits the sender's. */
export interface FlowResult {
  readonly direction: FlowDirection;
  readonly sender: End;
  readonly receiver: End;
  /** 0 if nothing arrived of what was sent; `null` if the receiver did not tell, or all came at one instant. */
  readonly goodput_bps: number | null;
  readonly sent_bps: number | null;
  /** `null` if that end did not tell. */
  readonly bytes_sent: number | null;
  readonly bytes_received: number | null;
  /** Rates that nine tenths and one tenth of the slices of the window exceeded, 100 ms or longer; `null` below six. */
  readonly goodput_p10_bps: number | null;
  readonly goodput_p90_bps: number | null;
  /**
   * The same of the segments that TCP's sender saw acknowledged, selectively too: a hole that holds back what the
   * receiver may read does not hold them back. `null` for UDP and where the kernel does not tell.
   */
  readonly delivered_p10_bps: number | null;
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
  /** UDP: mean one-way delay above the smallest of the test, by the receiver. */
  readonly queueing_ns: number | null;
  /** UDP: share of the time in which the sending kernel took nothing, because its send buffer was full. */
  readonly send_blocked_ratio: number | null;
  readonly tcp: TcpFacts | null;
  /** Datagrams that the receiving host dropped for want of socket buffer (RcvbufErrors). */
  readonly receive_buffer_drops: number | null;
  readonly streams: readonly StreamResult[];
}

/** What held a bandwidth test back, with the evidence in words. */
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

/** What a path is, as the route of one end tells it. */
export interface PathFacts {
  readonly local_address: string | null;
  readonly remote_address: string;
  readonly device: string | null;
  readonly kind: PathKind;
  /** Of the route where it has one of its own, else of the device; of packets in IPsec, what fits. */
  readonly mtu_bytes: number | null;
  /** Around a packet, from the inside to the outside; `null` where the system does not tell. */
  readonly encapsulation: readonly Encapsulation[] | null;
}

/** What one tunnel puts around a packet. */
export interface Encapsulation {
  readonly kind: PathKind;
  /** `null` of IPsec without a device. */
  readonly device: string | null;
  /** Of the IP header in front; `null` where there is none: MACsec, and ESP in transport mode. */
  readonly outer_family: 4 | 6 | null;
  /** Headers and trailers, padding aside. */
  readonly added_bytes: number;
  /** What the packet is padded to a multiple of, with ESP its trailer of 2 octets too; 1: it is not. */
  readonly block_bytes: number;
  /** Of the device. */
  readonly mtu_bytes: number | null;
}

/** A path with the device that its packets leave by. */
export interface PathEnd extends PathFacts {
  /** `null`: not asked for, or not told. */
  readonly link: LinkFacts | null;
}

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

/** Bytes and packets that crossed one device during a test, from the interface counters. */
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
  /** `linux` only if both ends used system calls; the ends differ in `engines`. */
  readonly engine: Engine;
  readonly engines: { readonly client: Engine; readonly server: Engine };
  /** False when the test ended before it was complete, or nothing arrived; the figures are what was measured. */
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly cpu: { readonly client: CpuFacts | null; readonly server: CpuFacts | null };
  /** From the start of the client, or the end of the test before, to the first packet of data. */
  readonly setup_ns: number | null;
  readonly wire: WireCount | null;
  /** Outer packets that the client's host fragmented meanwhile (FragCreates). */
  readonly fragments_created: number | null;
  /** What makes the figures doubtful, in words. */
  readonly warnings: readonly string[];
  /** Of the tunnel's packets while the test ran. `null`: not asked for, or the test was not through a tunnel. */
  readonly capture: TestCapture | null;
}

export interface BandwidthResult extends TestResultBase {
  readonly test: 'bandwidth';
  readonly direction: Direction;
  readonly flows: readonly FlowResult[];
  readonly intervals: readonly Interval[];
  readonly limited_by: readonly LimitedBy[];
}

/** How well the probes kept to their schedule. */
export interface ScheduleFacts {
  readonly gap_ns: number;
  /** Actual send minus due time. */
  readonly lateness_ns: Distribution;
  /** Share of probes more than 1 ms late. */
  readonly late_ratio: number | null;
  /** False when this host could not keep the schedule well enough to be believed (late_ratio over 1 %). */
  readonly kept: boolean;
}

export interface LatencyResult extends TestResultBase {
  readonly test: 'latency';
  readonly packets_sent: number;
  /** Distinct answers. */
  readonly packets_received: number;
  readonly packets_lost: number;
  readonly loss_ratio: number | null;
  /** Probes that never reached the server, and answers that never came back; `null` when the server could not say. */
  readonly packets_lost_up: number | null;
  readonly packets_lost_down: number | null;
  readonly packets_reordered: number;
  readonly packets_duplicated: number;
  readonly loss_runs: { readonly n: number; readonly mean: number | null; readonly max: number };
  /** Answer received minus probe due. */
  readonly rtt_ns: Distribution;
  /** Answer received minus probe sent. */
  readonly rtt_from_send_ns: Distribution;
  /** Absolute difference of consecutive round-trip times, undefined across a loss (RFC 3393). */
  readonly ipdv_ns: Distribution;
  readonly jitter_rfc3550_ns: number | null;
  /** One-way delay above the smallest of its direction: needs no synchronised clocks. */
  readonly queueing_up_ns: Distribution;
  readonly queueing_down_ns: Distribution;
  /** Time that probes spent inside the server. */
  readonly server_processing_ns: Distribution;
  readonly schedule: ScheduleFacts;
  /** Who stamped the arrival of answers. */
  readonly receive_timestamps: 'kernel' | 'user';
  readonly intervals: readonly LatencyInterval[];
}

export interface LatencyInterval {
  readonly start_ns: number;
  readonly end_ns: number;
  readonly packets_sent: number;
  readonly packets_received: number;
  readonly rtt_ns: Distribution;
}

export type TestResult = BandwidthResult | LatencyResult;

export interface PathResult {
  /** The address as the user gave it. */
  readonly name: string;
  readonly role: 'baseline' | 'via';
  readonly client: PathEnd;
  readonly server: PathEnd | null;
  /** True when the server proved to be the same process as on the baseline. */
  readonly same_server: boolean;
  /** What stands out about this path, in words: a tunnel MTU that fragments, or an address that did not answer. */
  readonly notes: readonly string[];
  /** Why nothing was measured over it, or nothing more from then on. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A test that has no result, because it never began; those of other paths and other protocols have theirs. */
export interface TestFailure {
  readonly path: string;
  readonly round: number;
  /** The test as it was asked for. */
  readonly config: TestSpec;
  readonly error: { readonly code: string; readonly message: string };
}

/** What one path costs against the baseline. */
export interface Overhead {
  readonly baseline: string;
  readonly path: string;
  readonly protocol: Protocol;
  readonly direction: FlowDirection;
  /** Median over paired rounds of path / baseline, with its 95 % interval. */
  readonly goodput_ratio: number | null;
  readonly goodput_ratio_ci95: readonly [number, number] | null;
  readonly rounds: number;
  readonly ceiling_ratio: number | null;
  readonly efficiency_ratio: number | null;
  /** Median of the paired differences of p50. */
  readonly added_rtt_ns: number | null;
  readonly loss_ratio_added: number | null;
  readonly wire_bytes_per_payload_byte: number | null;
  readonly baseline_wire_bytes_per_payload_byte: number | null;
  /** Processor time of both hosts for each Gbit of goodput, path / baseline. */
  readonly cpu_per_gbit_ratio: number | null;
}

export interface HostFacts {
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

/** A host with what it told when the tests were over. */
export interface DescribedHost extends HostFacts {
  /** `null`: not asked for, or not told. */
  readonly details: HostDetails | null;
}

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
  /** Tests that never began. */
  readonly failures: readonly TestFailure[];
  /** One for each path, protocol and direction that was compared; empty without `--via`. */
  readonly overhead: readonly Overhead[];
  readonly expectations: readonly Expectation[];
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}
