/**
 * What a test measured in one direction, and what its ends say of themselves. The names are those of JSON.
 *
 * @module
 */
import type { FlowDirection } from './spec.ts';

/** The end of a test that made a measurement. */
export type End = 'client' | 'server';

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
  /**
   * Packets that the receiver counted in each second of its window: datagrams, or in a test of packets over TCP segments
   * with payload (`tcpi_data_segs_in`). `null` if the receiver cannot count them.
   */
  readonly packets_per_s: number | null;
  /** Packets that the sender counted in each second, by its own clock. */
  readonly sent_packets_per_s: number | null;
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
