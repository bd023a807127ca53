/**
 * Results of pings: round trips to any host, by ICMP echo, by connections of TCP, or by datagrams.
 *
 * @module
 */
import type { Distribution } from '../flow.ts';
import type { PathTestBase } from './test-base.ts';

/** Probes without an answer, by reason. */
export interface PingFailure {
  /**
   * Name of the system error, such as `ECONNREFUSED` or `EHOSTUNREACH`; `ETIME` for a TTL that ran out on the way, `EACCES`
   * for a filter that says so, `ETIMEDOUT` if nothing was received.
   */
  readonly code: string;
  /** Router or host that reported it; `null` if nobody did. */
  readonly from: string | null;
  readonly count: number;
}

/** What the probes of a ping gave. The warm-up is left out. */
export interface PingFigures {
  readonly packets_sent: number;
  readonly packets_received: number;
  /** Probes without an answer in time, whatever the reason. */
  readonly packets_lost: number;
  /** Probes that still waited when the test was stopped: neither received nor lost. */
  readonly packets_pending: number;
  /** Lost, of those that were received or lost; `null` without any. */
  readonly loss_ratio: number | null;
  /** Lost probes that were answered after the time-out. */
  readonly packets_late: number;
  readonly packets_duplicated: number;
  readonly packets_reordered: number;
  /** Connections whose SYN TCP sent more than once: their time has a second or more of waiting. `null`: not known. */
  readonly packets_retransmitted: number | null;
  readonly loss_runs: { readonly n: number; readonly mean: number | null; readonly max: number };
  /** Most frequent first. */
  readonly failures: readonly PingFailure[];
  /** Addresses other than the target's that answered. */
  readonly answered_by: readonly string[];
  /** Round trips since the probe was due. */
  readonly rtt_ns: Distribution;
  /** Round trips since the probe was sent. */
  readonly rtt_from_send_ns: Distribution;
  readonly ipdv_ns: Distribution;
  readonly jitter_rfc3550_ns: number | null;
  /** How well this host kept the schedule, on which the times depend. */
  readonly schedule: {
    readonly gap_ns: number;
    readonly lateness_ns: Distribution;
    /** Share of the probes that left over 1 ms late. */
    readonly late_ratio: number | null;
    readonly kept: boolean;
    /** Probes that were left out because this host stood still for more than a second. */
    readonly skipped: number;
  };
}

/** A comparison with the first source or family, over the same rounds. */
export interface LaneComparison {
  /** What it is compared with, as in `source`, `family` and `address` of that test. */
  readonly source: { readonly address: string | null; readonly device: string | null };
  readonly family: 4 | 6;
  readonly address: string;
  /** Rounds in which both were answered. */
  readonly rounds: number;
  /** Median of the ratios of both times, round by round. */
  readonly median_ratio: number | null;
  /** 95 % confidence interval of that median. */
  readonly ratio_ci95: readonly [number, number] | null;
  /** Median of the differences of both times, round by round. */
  readonly median_difference_ns: number | null;
}

/** Result of a ping, or of a latency test without a server of winze. */
export interface PingResult extends PathTestBase, PingFigures {
  readonly test: 'ping' | 'latency';
  /** Time in which probes were sent. */
  readonly duration_ns: number;
  /** Longest wait for an answer. */
  readonly timeout_ns: number;
  /** Probes before those that count. */
  readonly warmup: number;
  /** Octets of payload of a probe; `null` for connections, which carry none. */
  readonly length_bytes: number | null;
  /** What stamped the answers. */
  readonly receive_timestamps: 'kernel' | 'user';
  /** `null` for the first of several sources and families, and where there is only one. */
  readonly compared: LaneComparison | null;
}

/** What became of one probe of a ping, as soon as it is known. */
export interface PingRow {
  readonly test: 'ping' | 'latency';
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** What was probed. */
  readonly address: string;
  readonly port: number | null;
  /** Source that was asked for; `null` where there is only one. */
  readonly from: string | null;
  /** From 0, the warm-up included. */
  readonly sequence: number;
  readonly warmup: boolean;
  /** `late`: an answer after the time-out. `failed`: an error, or no answer in time. */
  readonly outcome: 'answer' | 'late' | 'duplicate' | 'failed';
  /** Time since the probe was due, to its answer or to its error. */
  readonly rtt_ns: number;
  readonly ttl: number | null;
  /** Whether TCP sent its SYN again; `null`: not known, or no TCP. */
  readonly retransmitted: boolean | null;
  /** Address that answered, or that reported the error; `null` if it is not known. */
  readonly answered_by: string | null;
  /** Name of the system error; `null` for an answer. */
  readonly code: string | null;
}
