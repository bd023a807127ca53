/**
 * Results of pings, connections and HTTP, written out by hand.
 *
 * @module
 */
import type { Distribution } from '../../../../src/core/shapes/flow.ts';
import type { ConnectionsResult } from '../../../../src/core/shapes/path/connections.ts';
import type { HttpResult } from '../../../../src/core/shapes/path/http.ts';
import type { PingResult, PingRow } from '../../../../src/core/shapes/path/ping.ts';

/** `n` times of about `ms` milliseconds. */
export function times(n: number, ms: number): Distribution {
  const ns = ms * 1e6;
  const all = { min: ns, mean: ns, p50: ns, p90: ns, p95: ns, p99: ns, p999: ns, p9999: ns, max: 2 * ns };
  return n === 0
    ? { n, min: null, mean: null, p50: null, p90: null, p95: null, p99: null, p999: null, p9999: null, max: null }
    : { n, ...all };
}

const BASE = {
  protocol: 'tcp',
  family: 4,
  source: { address: '192.0.2.10', device: null },
  via: null,
  address: '198.51.100.7',
  port: 443,
  method: 'tcp connect',
  complete: true,
  error: null,
  warnings: [],
  compared: null,
} as const;

export function pingResult(changes: Partial<PingResult> = {}): PingResult {
  return {
    ...BASE,
    test: 'ping',
    packets_sent: 10,
    packets_received: 10,
    packets_lost: 0,
    packets_pending: 0,
    loss_ratio: 0,
    packets_late: 0,
    packets_duplicated: 0,
    packets_reordered: 0,
    packets_retransmitted: 0,
    loss_runs: { n: 0, mean: null, max: 0 },
    failures: [],
    answered_by: [],
    rtt_ns: times(10, 20),
    rtt_from_send_ns: times(10, 20),
    ipdv_ns: times(9, 1),
    jitter_rfc3550_ns: 120_000,
    schedule: { gap_ns: 1e9, lateness_ns: times(10, 0.01), late_ratio: 0, kept: true, skipped: 0 },
    duration_ns: 10e9,
    timeout_ns: 3e9,
    warmup: 0,
    length_bytes: null,
    receive_timestamps: 'user',
    ...changes,
  };
}

export function pingRow(changes: Partial<PingRow> = {}): PingRow {
  return {
    test: 'ping',
    protocol: 'icmp',
    address: '198.51.100.7',
    port: null,
    from: null,
    sequence: 3,
    warmup: false,
    outcome: 'answer',
    rtt_ns: 12_340_000,
    ttl: 57,
    retransmitted: null,
    answered_by: '198.51.100.7',
    code: null,
    ...changes,
  };
}

export function connectionsResult(changes: Partial<ConnectionsResult> = {}): ConnectionsResult {
  return {
    ...BASE,
    test: 'connections',
    opened_per_s: 4321.6,
    connections_opened: 43_216,
    connections_failed: 0,
    connections_pending: 0,
    failure_ratio: 0,
    duration_ns: 10e9,
    streams: 4,
    warmup: 0,
    gap_ns: 0,
    timeout_ns: 3e9,
    tls: null,
    connect_ns: times(43_216, 0.9),
    connections_retransmitted: 0,
    repeated_syns: { n: 0, told_by: 'kernel', wait_ns: 0, others_per_s: 200 },
    failures: [],
    ...changes,
  };
}

export function httpResult(changes: Partial<HttpResult> = {}): HttpResult {
  return {
    ...BASE,
    test: 'http',
    method: 'http/1.1',
    url: 'https://host.example/',
    gap_ns: 1e9,
    warmup: 0,
    runs: 10,
    runs_failed: 0,
    failures: [],
    resolve_ns: times(10, 1),
    connect_ns: times(10, 20),
    tls_ns: times(10, 25),
    first_byte_ns: times(10, 22),
    transfer_ns: times(10, 3),
    total_ns: times(10, 71),
    http_version: '1.1',
    statuses: [{ status: 200, count: 10 }],
    body_bytes: { min: 1256, max: 1256 },
    body_cut: false,
    redirect: null,
    tls: {
      version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      alpn: ['h2', 'http/1.1'],
      trusted: true,
      distrust: null,
      certificate: {
        subject: 'CN=host.example',
        issuer: 'CN=Example CA',
        valid_from: '2026-01-01T00:00:00.000Z',
        valid_to: '2026-12-05T00:00:00.000Z',
        days_left: 5,
      },
    },
    ...changes,
  };
}
