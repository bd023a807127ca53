/**
 * Result documents' parts with every field given, for tests that change a few.
 *
 * @module
 */
import type { CpuFacts, Distribution, FlowResult, TcpFacts } from '../../src/core/shapes/flow.ts';
import type { BandwidthResult, LatencyResult, PathResult } from '../../src/core/shapes/result.ts';
import { specOf } from './control-messages.ts';

export const NO_TCP: TcpFacts = {
  retransmits: null,
  bytes_transmitted: null,
  bytes_retransmitted: null,
  spurious_retransmits: null,
  timeouts: null,
  timeout_ratio: null,
  rtt_ns: null,
  rtt_var_ns: null,
  min_rtt_ns: null,
  snd_cwnd_bytes: null,
  pmtu_bytes: null,
  mss_bytes: null,
  congestion_control: null,
  busy_ratio: null,
  receive_window_limited_ratio: null,
  send_buffer_limited_ratio: null,
};

export const EMPTY: Distribution = {
  n: 0,
  min: null,
  mean: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  p9999: null,
  max: null,
};

export function flowOf(wish: Partial<FlowResult> = {}): FlowResult {
  const upload = wish.direction !== 'download';
  return {
    direction: 'upload',
    sender: upload ? 'client' : 'server',
    receiver: upload ? 'server' : 'client',
    goodput_bps: 1e9,
    sent_bps: 1e9,
    bytes_sent: 1e9,
    bytes_received: 1e9,
    goodput_p10_bps: null,
    goodput_p90_bps: null,
    delivered_p10_bps: null,
    delivered_p90_bps: null,
    duration_ns: 8e9,
    packets_per_s: null,
    sent_packets_per_s: null,
    packets_sent: null,
    packets_received: null,
    packets_lost: null,
    loss_ratio: null,
    packets_reordered: null,
    packets_duplicated: null,
    jitter_rfc3550_ns: null,
    queueing_ns: null,
    send_blocked_ratio: null,
    tcp: null,
    receive_buffer_drops: null,
    streams: [],
    ...wish,
  };
}

export function cpuOf(wish: Partial<CpuFacts> = {}): CpuFacts {
  return {
    user_ratio: 0.1,
    system_ratio: 0.1,
    softirq_ratio: null,
    host_busy_cores: null,
    busiest_thread_ratio: null,
    thread_wait_ratio: null,
    cores: 4,
    allowed_cores: 4,
    allowed_busy_cores: null,
    quota_cores: null,
    throttled_ratio: null,
    ...wish,
  };
}

const BASE = {
  round: 1,
  clipped: [],
  engine: 'linux',
  engines: { client: 'linux', server: 'linux' },
  complete: true,
  error: null,
  cpu: { client: null, server: null },
  setup_ns: null,
  wire: null,
  fragments_created: null,
  warnings: [],
  capture: null,
} as const;

export function bandwidthOf(wish: Partial<BandwidthResult> & { readonly path: string }): BandwidthResult {
  const protocol = wish.protocol ?? 'tcp';
  return {
    ...BASE,
    test: 'bandwidth',
    protocol,
    direction: 'upload',
    config: specOf({ protocol, duration_ns: 8e9 }),
    flows: [flowOf()],
    intervals: [],
    ip_packet_bytes: null,
    packets_per_cpu_s: null,
    limited_by: [],
    ...wish,
  };
}

export function latencyOf(wish: Partial<LatencyResult> & { readonly path: string }): LatencyResult {
  return {
    ...BASE,
    test: 'latency',
    protocol: 'udp',
    config: specOf({ test: 'latency', protocol: 'udp', length_bytes: 64 }),
    packets_sent: 100,
    packets_received: 100,
    packets_lost: 0,
    loss_ratio: 0,
    packets_lost_up: 0,
    packets_lost_down: 0,
    packets_reordered: 0,
    packets_duplicated: 0,
    loss_runs: { n: 0, mean: null, max: 0 },
    rtt_ns: EMPTY,
    rtt_from_send_ns: EMPTY,
    ipdv_ns: EMPTY,
    jitter_rfc3550_ns: null,
    queueing_up_ns: EMPTY,
    queueing_down_ns: EMPTY,
    server_processing_ns: EMPTY,
    schedule: { gap_ns: 10e6, lateness_ns: EMPTY, late_ratio: 0, kept: true },
    receive_timestamps: 'kernel',
    intervals: [],
    ...wish,
  };
}

export function pathOf(wish: Partial<PathResult> & { readonly name: string }): PathResult {
  return {
    role: 'via',
    client: {
      local_address: null,
      remote_address: wish.name,
      device: 'eth0',
      kind: 'physical',
      mtu_bytes: 1500,
      encapsulation: null,
      link: null,
    },
    server: null,
    same_server: true,
    notes: [],
    error: null,
    ...wish,
  };
}
