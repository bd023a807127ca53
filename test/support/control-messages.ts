/**
 * Valid messages of the control connection and what they are made of, written out by hand.
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import type { CpuFacts, TcpFacts } from '../../src/core/shapes/flow.ts';
import type { TracedPath } from '../../src/core/shapes/path/trace-back.ts';
import type { PathFacts } from '../../src/core/shapes/path.ts';
import type { HostFacts } from '../../src/core/shapes/result.ts';
import type { ServerLimits, TestSpec } from '../../src/core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../src/core/shapes/stream-report.ts';
import type { ClientMessage, ServerMessage, ServerReport } from '../../src/session/messages.ts';

/** TCP upload of 10 s with one stream, unless `wish` says otherwise. */
export function specOf(wish: Partial<TestSpec> = {}): TestSpec {
  return {
    test: 'bandwidth',
    figure: null,
    protocol: 'tcp',
    direction: 'upload',
    streams: 1,
    length_bytes: 131_072,
    rate_bps: null,
    duration_ns: 10e9,
    bytes: null,
    hold_connections: null,
    handshake: null,
    warmup_ns: 0,
    interval_ns: 1e9,
    gap_ns: 10e6,
    tos: null,
    congestion_control: null,
    window_bytes: null,
    mss_bytes: null,
    no_delay: false,
    dont_fragment: false,
    rx_copy: false,
    ...wish,
  };
}

export const NO_LIMITS: ServerLimits = {
  max_clients: 4,
  max_rate_bps: null,
  max_duration_ns: null,
  max_streams: 128,
  max_held_connections: 5000,
};

export const HOST: HostFacts = {
  hostname: 'far',
  os: 'Linux 6.1',
  arch: 'x64',
  cpu: 'a processor',
  cores: 2,
  node: 'v20.0.0',
};

export const PATH: PathFacts = {
  local_address: '192.0.2.1',
  remote_address: '192.0.2.2',
  device: 'eth0',
  kind: 'physical',
  mtu_bytes: 1500,
  encapsulation: [
    { kind: 'vxlan', device: 'vx0', outer_family: 4, added_bytes: 50, block_bytes: 1, mtu_bytes: 1450 },
    { kind: 'macsec', device: null, outer_family: null, added_bytes: 32, block_bytes: 1, mtu_bytes: null },
  ],
};

export const TCP: TcpFacts = {
  retransmits: 3,
  bytes_transmitted: 1_000_000,
  bytes_retransmitted: 4344,
  spurious_retransmits: 3,
  timeouts: 2,
  timeout_ratio: 0.05,
  rtt_ns: 1e6,
  rtt_var_ns: 1e5,
  min_rtt_ns: 9e5,
  snd_cwnd_bytes: 14_480,
  pmtu_bytes: 1500,
  mss_bytes: 1448,
  congestion_control: 'cubic',
  busy_ratio: 0.9,
  receive_window_limited_ratio: 0,
  send_buffer_limited_ratio: 0,
};

export const CPU: CpuFacts = {
  user_ratio: 0.1,
  system_ratio: 0.2,
  softirq_ratio: 0.05,
  host_busy_cores: 0.5,
  busiest_thread_ratio: 0.3,
  thread_wait_ratio: 0.1,
  cores: 2,
  allowed_cores: 1,
  allowed_busy_cores: 0.4,
  quota_cores: 0.5,
  throttled_ratio: 0.2,
};

export const SENT: SenderReport = {
  stream: 0,
  bytes: 1_000_000,
  packets: null,
  warmup_bytes: 0,
  elapsed_ns: 10e9,
  tcp: TCP,
  thread_ratio: 0.4,
  wait_ratio: 0.1,
  blocked_ratio: null,
  slice_ns: null,
  slices: null,
};

export const RECEIVED: ReceiverReport = {
  stream: 0,
  bytes: 990_000,
  packets: 700,
  reordered: 1,
  duplicated: 0,
  jitter_ns: 12.5,
  queueing_ns: 1e6,
  window_ns: 10e9,
  thread_ratio: null,
  wait_ratio: null,
  slice_ns: 200e6,
  slices: [490_000, 500_000],
};

export const ROW: ReceiverInterval = {
  stream: 0,
  index: -1,
  start_ns: -1e9,
  end_ns: 0,
  omitted: true,
  bytes: 100,
  packets: 7,
  lost: 0,
  jitter_ns: null,
};

/** A trace back over one router. */
export const TRACED: TracedPath = {
  source: { address: '203.0.113.1', port: 8888 },
  client: { address: '192.0.2.1', port: 40_000 },
  hops: [
    {
      addresses: [{ address: '203.0.113.2', answers: 3, guessed_return_hops: 1 }],
      probes_sent: 3,
      probes_received: 3,
      loss_ratio: 0,
      last_ns: 2e6,
      p50_ns: 2e6,
      p99_ns: 3e6,
      best_ns: 1e6,
      worst_ns: 3e6,
      jitter_ns: 5e5,
      duplicates: 0,
      mtu_bytes: null,
      mpls: [{ label: 7, traffic_class: 0, bottom: true, ttl: 1 }],
      unreachable: null,
      recent_ns: [1e6, null, 3e6],
    },
    {
      addresses: [{ address: '192.0.2.1', answers: 3, guessed_return_hops: null }],
      probes_sent: 3,
      probes_received: 3,
      loss_ratio: 0,
      last_ns: 4e6,
      p50_ns: 4e6,
      p99_ns: 4e6,
      best_ns: 4e6,
      worst_ns: 4e6,
      jitter_ns: 0,
      duplicates: 0,
      mtu_bytes: null,
      mpls: [],
      unreachable: null,
      recent_ns: [4e6],
    },
  ],
  reached: true,
  rounds: 3,
  rtt_ns: { n: 3, min: 4e6, mean: 4e6, p50: 4e6, p90: 4e6, p95: 4e6, p99: 4e6, p999: 4e6, p9999: 4e6, max: 4e6 },
  answered_by: [],
  unmatched_answers: 0,
  duration_ns: 5e6,
  complete: true,
  refused: null,
};

export const REPORT: ServerReport = {
  sent: [SENT],
  received: [RECEIVED],
  cpu: CPU,
  receive_buffer_drops: 0,
  capture: {
    reason: null,
    device: 'eth0',
    kernel_drops: 0,
    sent: { lanes: [], messages: 0, keepalives: 0, outer_bytes: 0, inner_bytes: { min: 0, max: 0 }, stale: 0 },
    received: {
      lanes: [{ receiver_index: 4e9, received: 9, lost: 1, counter_min: 0, counter_max: 9, is_whole: true }],
      messages: 10,
      keepalives: 1,
      outer_bytes: 9000,
      inner_bytes: { min: 8300, max: 8400 },
      stale: 0,
    },
  },
  complete: true,
  host: {
    details: {
      system: 'Debian GNU/Linux 12 (bookworm)',
      machine: 'Dell Inc. XPS 13',
      hypervisor: 'KVM',
      memory_bytes: 16_000_000_000,
      physical_cores: 4,
      cpu_governor: 'powersave',
      default_gateway: '192.0.2.254',
    },
    link: {
      medium: 'wireless',
      driver: 'iwlwifi',
      duplex: 'full',
      speed_bps: 1e9,
      wireless: { signal_dbm: -78, channel: 6, band_ghz: 2.4, tx_rate_bps: 24e6, rx_rate_bps: 48e6 },
    },
  },
  udp_hellos: 3,
  accepted: {
    held: 7,
    failures: [{ error: 'EMFILE', n: 3 }],
    memory: { process_bytes: 12.5, kernel_bytes: 4096 },
  },
  trace: TRACED,
  failure: null,
};

export const CLIENT_NONCE = '11'.repeat(32);
export const SERVER_NONCE = '22'.repeat(32);
export const CLIENT_ID = 'c1'.repeat(16);

/** One valid message of each kind. */
export const REQUESTS = {
  hello: { type: 'hello', protocol: 2, version: '0.1.0', nonce: CLIENT_NONCE },
  auth: { type: 'auth', client_id: CLIENT_ID, wait: true },
  open: { type: 'open', spec: specOf(), capture: null, trace: null, purpose: null, live_cpu: null },
  start: { type: 'start' },
  ping: { type: 'ping' },
  stop: { type: 'stop', sent: [SENT], aborted: false },
  bye: { type: 'bye' },
} as const satisfies { readonly [K in ClientMessage['type']]: ClientMessage & { type: K } };

export const RESPONSES = {
  challenge: {
    type: 'challenge',
    protocol: 2,
    version: '0.1.0',
    nonce: SERVER_NONCE,
    server_id: 'ab-12',
    auth: 'none',
  },
  queued: { type: 'queued', place: 2 },
  welcome: {
    type: 'welcome',
    server_id: 'ab-12',
    engine: 'linux',
    limits: NO_LIMITS,
    host: { ...HOST, version: '0.1.0' },
    path: PATH,
    mtu_probes: true,
    trace_back: true,
    tests: ['bandwidth', 'latency', 'connections'],
  },
  accepted: { type: 'accepted', spec: specOf(), clipped: [], token: '0011223344556677' },
  started: { type: 'started' },
  interval: { type: 'interval', rows: [ROW], cpu_ratio: null },
  sample: { type: 'sample', stream: 3, tcp: TCP },
  sent: { type: 'sent', sent: [SENT] },
  result: { type: 'result', result: REPORT },
  ping: { type: 'ping' },
  error: { type: 'error', code: 'busy', message: 'come back later' },
} as const satisfies { readonly [K in ServerMessage['type']]: ServerMessage & { type: K } };

/** HMAC-SHA-256 of Node, the oracle for what the session room computes by an injected function. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}
