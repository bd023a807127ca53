/**
 * Result documents with plausible figures, built by hand for the tests of the report room.
 *
 * The types of `core/shapes/result.ts` make each of them whole; the schema then has to agree.
 */

import type { CpuFacts, Distribution, FlowResult, Interval, TcpFacts } from '../../../src/core/shapes/flow.ts';
import { type HostDetails, type LinkFacts, NO_DETAILS } from '../../../src/core/shapes/host-details.ts';
import type {
  BandwidthResult,
  HostFacts,
  LatencyInterval,
  LatencyResult,
  Overhead,
  PathResult,
  ResultDocument,
} from '../../../src/core/shapes/result.ts';
import type { TestSpec } from '../../../src/core/shapes/spec.ts';
import type { TestCapture } from '../../../src/core/shapes/test-capture.ts';

const S = 1e9;
const US = 1e3;

export const NO_TIMES: Distribution = {
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

/** Times in microseconds, in the order of the fields. */
export function times(
  n: number,
  ...us: readonly [number, number, number, number, number, number, number, number, number]
): Distribution {
  const [min, mean, p50, p90, p95, p99, p999, p9999, max] = us.map((value) => value * US);
  const known = (value: number | undefined): number | null => value ?? null;
  return {
    n,
    min: known(min),
    mean: known(mean),
    p50: known(p50),
    p90: known(p90),
    p95: known(p95),
    p99: known(p99),
    p999: known(p999),
    p9999: known(p9999),
    max: known(max),
  };
}

export function spec(overrides: Partial<TestSpec> = {}): TestSpec {
  return {
    test: 'bandwidth',
    figure: null,
    protocol: 'tcp',
    direction: 'upload',
    streams: 1,
    length_bytes: 131_072,
    rate_bps: null,
    duration_ns: 10 * S,
    bytes: null,
    hold_connections: null,
    handshake: null,
    warmup_ns: 0,
    interval_ns: S,
    gap_ns: 10_000_000,
    tos: null,
    congestion_control: null,
    window_bytes: null,
    mss_bytes: null,
    no_delay: false,
    dont_fragment: false,
    rx_copy: false,
    ...overrides,
  };
}

export function interval(overrides: Partial<Interval> = {}): Interval {
  return {
    direction: 'upload',
    stream: 1,
    start_ns: 0,
    end_ns: S,
    omitted: false,
    goodput_bps: 9.41e9,
    bytes_received: 1_176_250_000,
    packets_received: null,
    packets_lost: null,
    jitter_rfc3550_ns: null,
    retransmits: 12,
    rtt_ns: 412 * US,
    snd_cwnd_bytes: 1_310_720,
    ...overrides,
  };
}

export function latencyInterval(overrides: Partial<LatencyInterval> = {}): LatencyInterval {
  return {
    start_ns: 0,
    end_ns: S,
    packets_sent: 100,
    packets_received: 100,
    rtt_ns: times(100, 47.389, 145.263, 95.087, 222.334, 257.159, 752.694, 4699, 4699, 4847),
    ...overrides,
  };
}

export const TCP_FACTS: TcpFacts = {
  retransmits: 12,
  bytes_transmitted: 17_376_000,
  bytes_retransmitted: 17_376,
  spurious_retransmits: 2,
  timeouts: 1,
  timeout_ratio: 0.02,
  rtt_ns: 412 * US,
  rtt_var_ns: 33 * US,
  min_rtt_ns: 380 * US,
  snd_cwnd_bytes: 1_310_720,
  pmtu_bytes: 1500,
  mss_bytes: 1448,
  congestion_control: 'cubic',
  busy_ratio: 0.99,
  receive_window_limited_ratio: 0.01,
  send_buffer_limited_ratio: 0,
};

export function flow(overrides: Partial<FlowResult> = {}): FlowResult {
  return {
    direction: 'upload',
    sender: 'client',
    receiver: 'server',
    goodput_bps: 9.41e9,
    sent_bps: 9.42e9,
    bytes_sent: 11_775_000_000,
    bytes_received: 11_762_500_000,
    goodput_p10_bps: 9.36e9,
    goodput_p90_bps: 9.45e9,
    delivered_p10_bps: null,
    delivered_p90_bps: null,
    duration_ns: 10 * S,
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
    tcp: TCP_FACTS,
    receive_buffer_drops: null,
    streams: [
      {
        stream: 1,
        goodput_bps: 9.41e9,
        bytes_received: 11_762_500_000,
        bytes_sent: 11_775_000_000,
        packets_sent: null,
        packets_received: null,
        packets_lost: null,
        retransmits: 12,
      },
    ],
    ...overrides,
  };
}

export function udpFlow(overrides: Partial<FlowResult> = {}): FlowResult {
  return flow({
    goodput_bps: 499.7e6,
    sent_bps: 500e6,
    bytes_sent: 625_000_000,
    bytes_received: 624_625_000,
    packets_sent: 446_428,
    packets_received: 446_160,
    packets_lost: 268,
    loss_ratio: 268 / 446_428,
    packets_reordered: 3,
    packets_duplicated: 0,
    jitter_rfc3550_ns: 14.2 * US,
    queueing_ns: 80 * US,
    send_blocked_ratio: 0.01,
    tcp: null,
    receive_buffer_drops: 250,
    streams: [],
    ...overrides,
  });
}

export function cpu(overrides: Partial<CpuFacts> = {}): CpuFacts {
  return {
    user_ratio: 0.12,
    system_ratio: 0.85,
    softirq_ratio: 0.31,
    host_busy_cores: 1.4,
    busiest_thread_ratio: 0.97,
    thread_wait_ratio: 0.02,
    cores: 8,
    allowed_cores: 8,
    allowed_busy_cores: null,
    quota_cores: null,
    throttled_ratio: null,
    ...overrides,
  };
}

export function bandwidth(overrides: Partial<BandwidthResult> = {}): BandwidthResult {
  return {
    test: 'bandwidth',
    protocol: 'tcp',
    direction: 'upload',
    path: '203.0.113.7',
    round: 1,
    config: spec(),
    clipped: [],
    engine: 'linux',
    engines: { client: 'linux', server: 'linux' },
    complete: true,
    error: null,
    cpu: { client: cpu(), server: cpu({ user_ratio: 0.05, system_ratio: 0.6, busiest_thread_ratio: null, cores: 4 }) },
    setup_ns: 1_530_000,
    wire: null,
    fragments_created: null,
    warnings: [],
    capture: null,
    flows: [flow()],
    intervals: [interval()],
    ip_packet_bytes: null,
    packets_per_cpu_s: null,
    limited_by: [
      { cause: 'sender-cpu', direction: 'upload', evidence: 'the busiest thread of the client used 0.97 of a core' },
    ],
    ...overrides,
  };
}

export function latency(overrides: Partial<LatencyResult> = {}): LatencyResult {
  const rtt = times(988, 380, 431.2, 412, 498.7, 545.1, 812.9, 2100, 2310, 2310);
  return {
    test: 'latency',
    protocol: 'udp',
    path: '203.0.113.7',
    round: 1,
    config: spec({ test: 'latency', protocol: 'udp', length_bytes: 64 }),
    clipped: [],
    engine: 'linux',
    engines: { client: 'linux', server: 'linux' },
    complete: true,
    error: null,
    cpu: { client: cpu({ user_ratio: 0.01, system_ratio: 0.02 }), server: null },
    setup_ns: 900_000,
    wire: null,
    fragments_created: 0,
    warnings: [],
    capture: null,
    packets_sent: 1000,
    packets_received: 988,
    packets_lost: 12,
    loss_ratio: 0.012,
    packets_lost_up: 10,
    packets_lost_down: 2,
    packets_reordered: 1,
    packets_duplicated: 0,
    loss_runs: { n: 3, mean: 4, max: 8 },
    rtt_ns: rtt,
    rtt_from_send_ns: times(988, 379, 428.6, 410, 495.3, 541.9, 799.1, 2050, 2300, 2300),
    ipdv_ns: times(980, 0.1, 41.2, 28.4, 99.5, 130, 401.6, 1650, 1800, 1800),
    jitter_rfc3550_ns: 38.1 * US,
    queueing_up_ns: times(988, 0, 30.4, 21.1, 72, 101.3, 288, 1500, 1710, 1710),
    queueing_down_ns: times(988, 0, 18.9, 11.6, 46.2, 61.7, 144.4, 600, 610, 610),
    server_processing_ns: times(988, 3.1, 4.4, 4, 6.2, 7.9, 12.1, 40, 44, 44),
    schedule: {
      gap_ns: 10_000_000,
      lateness_ns: times(1000, 0.2, 3.1, 1.9, 5.5, 8.2, 31, 210, 333, 333),
      late_ratio: 0,
      kept: true,
    },
    receive_timestamps: 'kernel',
    intervals: [latencyInterval()],
    ...overrides,
  };
}

export const HOST: HostFacts = {
  hostname: 'adit',
  os: 'Linux 6.8.0',
  arch: 'x64',
  cpu: 'AMD EPYC 7543P',
  cores: 8,
  node: '20.20.2',
};

export function baselinePath(overrides: Partial<PathResult> = {}): PathResult {
  return {
    name: '203.0.113.7',
    role: 'baseline',
    client: {
      local_address: '203.0.113.5',
      remote_address: '203.0.113.7',
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
    ...overrides,
  };
}

export function viaPath(overrides: Partial<PathResult> = {}): PathResult {
  return {
    name: '10.0.0.2',
    role: 'via',
    client: {
      local_address: '10.0.0.1',
      remote_address: '10.0.0.2',
      device: 'wg0',
      kind: 'wireguard',
      mtu_bytes: 1420,
      encapsulation: null,
      link: null,
    },
    server: {
      local_address: '10.0.0.2',
      remote_address: '10.0.0.1',
      device: 'wg0',
      kind: 'wireguard',
      mtu_bytes: 1420,
      encapsulation: null,
      link: null,
    },
    same_server: true,
    notes: [],
    error: null,
    ...overrides,
  };
}

export function overhead(overrides: Partial<Overhead> = {}): Overhead {
  return {
    baseline: '203.0.113.7',
    path: '10.0.0.2',
    protocol: 'tcp',
    direction: 'upload',
    goodput_ratio: 0.951,
    goodput_ratio_ci95: [0.944, 0.957],
    rounds: 3,
    figure: null,
    packets_ratio: null,
    packets_ratio_ci95: null,
    connections_ratio: null,
    connections_ratio_ci95: null,
    ceiling_ratio: 0.955,
    mtu_source: 'device',
    baseline_mtu_bytes: 1500,
    path_mtu_bytes: 1420,
    efficiency_ratio: 0.951 / 0.955,
    added_rtt_ns: 210 * US,
    loss_ratio_added: 0,
    wire_bytes_per_payload_byte: 1.104,
    baseline_wire_bytes_per_payload_byte: 1.052,
    cpu_per_gbit_ratio: 1.31,
    ...overrides,
  };
}

export function documentOf(overrides: Partial<ResultDocument> = {}): ResultDocument {
  return {
    schema: 'winze-result/1',
    tool: { name: 'winze', version: '0.1.0' },
    started_at: '2026-05-04T10:20:30.456Z',
    title: null,
    target: { host: '203.0.113.7', port: 8888, server_id: '5f0c9a' },
    client: { ...HOST, details: null },
    server: { ...HOST, details: null, hostname: 'sump', cores: 4, version: '0.1.0' },
    paths: [baselinePath()],
    path_tests: [],
    tests: [bandwidth()],
    failures: [],
    overhead: [],
    expectations: [],
    complete: true,
    error: null,
    ...overrides,
  };
}

/** Three rounds of TCP upload at these rates (Mbit/s) and a latency test, on both paths. */
export function comparison(overrides: Partial<ResultDocument> = {}): ResultDocument {
  const rates: readonly (readonly [number, number])[] = [
    [941, 895],
    [939, 893],
    [940, 899],
  ];
  return documentOf({
    paths: [baselinePath(), viaPath()],
    tests: rates.flatMap(([line, tunnel], index) => [
      bandwidth({ round: index + 1, flows: [flow({ goodput_bps: line * 1e6 })], limited_by: [] }),
      bandwidth({ round: index + 1, flows: [flow({ goodput_bps: tunnel * 1e6 })], path: '10.0.0.2', limited_by: [] }),
      quietLatency({ round: index + 1 }),
      quietLatency({
        round: index + 1,
        path: '10.0.0.2',
        rtt_ns: times(1000, 550, 640, 622, 700, 750, 1000, 2300, 2500, 2500),
      }),
    ]),
    overhead: [overhead()],
    ...overrides,
  });
}

/** A latency test that lost nothing. */
export function quietLatency(overrides: Partial<LatencyResult> = {}): LatencyResult {
  return latency({
    packets_received: 1000,
    packets_lost: 0,
    loss_ratio: 0,
    packets_lost_up: 0,
    packets_lost_down: 0,
    loss_runs: { n: 0, mean: null, max: 0 },
    ...overrides,
  });
}

export const CAPTURE: TestCapture = {
  client: { reason: null, device: 'eth0', kernel_drops: 0 },
  server: { reason: null, device: 'eth0', kernel_drops: 0 },
  up: {
    messages_sent: 893_012,
    messages_received: 893_000,
    lost: 12,
    loss_ratio: 12 / 893_012,
    lost_at_sender: 2,
    lost_on_path: 10,
    keepalives: 1,
    outer_bytes: 1_300_000_000,
    inner_bytes: { min: 1_240_000_000, max: 1_248_000_000 },
    outer_bytes_per_inner_byte: { min: 1.042, max: 1.048 },
    outer_bytes_per_payload_byte: 1.083,
  },
  down: {
    messages_sent: 50_000,
    messages_received: 50_002,
    lost: 0,
    loss_ratio: 0,
    lost_at_sender: 0,
    lost_on_path: 0,
    keepalives: 0,
    outer_bytes: 6_400_000,
    inner_bytes: { min: 2_600_000, max: 3_200_000 },
    outer_bytes_per_inner_byte: { min: 2, max: 2.46 },
    outer_bytes_per_payload_byte: null,
  },
  notes: [],
};

/** Of a client whose server does not allow captures. */
export const HALF_CAPTURE: TestCapture = {
  client: CAPTURE.client,
  server: { reason: 'not-allowed', device: null, kernel_drops: null },
  up: {
    ...CAPTURE.up,
    messages_received: null,
    lost: null,
    loss_ratio: null,
    lost_on_path: null,
  },
  down: { ...CAPTURE.down, messages_sent: null, lost_at_sender: null, lost_on_path: null },
  notes: ['no capture at the server: captures are not allowed there'],
};

export const WIRELESS: LinkFacts = {
  medium: 'wireless',
  driver: 'iwlwifi',
  duplex: null,
  speed_bps: null,
  wireless: { signal_dbm: -78, channel: 6, band_ghz: 2.4, tx_rate_bps: 24e6, rx_rate_bps: 36e6 },
};

/** A laptop on a wireless link, and a server in a virtual machine. */
export function describedHosts(): ResultDocument {
  const details: HostDetails = {
    system: 'Debian GNU/Linux 12 (bookworm)',
    machine: 'Dell Inc. XPS 13',
    hypervisor: null,
    memory_bytes: 16 * 1024 ** 3,
    physical_cores: 4,
    cpu_governor: 'powersave',
    default_gateway: '192.0.2.254',
  };
  const wired: LinkFacts = { medium: 'wired', driver: 'e1000e', duplex: 'half', speed_bps: 1e8, wireless: null };
  const path = baselinePath();
  const one = documentOf();
  return documentOf({
    client: { ...HOST, details },
    server: one.server && { ...one.server, details: { ...NO_DETAILS, hypervisor: 'KVM' } },
    paths: [
      { ...path, client: { ...path.client, device: 'wlan0', link: WIRELESS }, server: { ...path.client, link: wired } },
    ],
  });
}
