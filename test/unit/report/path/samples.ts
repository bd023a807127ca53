/**
 * Results of traces, written out by hand.
 *
 * @module
 */
import type { PathDocument } from '../../../../src/core/shapes/path/document.ts';
import type { HopAddress, HopRow, TraceResult } from '../../../../src/core/shapes/path/trace.ts';

export function hopAddress(address: string, name: string | null = null, changes: Partial<HopAddress> = {}): HopAddress {
  return { address, name, answers: 10, private: false, guessed_return_hops: null, ...changes };
}

export function hop(ttl: number, changes: Partial<HopRow> = {}): HopRow {
  return {
    ttl,
    addresses: [hopAddress(`192.0.2.${ttl}`)],
    probes_sent: 10,
    probes_received: 10,
    loss_ratio: 0,
    last_ns: 1_100_000 * ttl,
    p50_ns: 1_000_000 * ttl,
    p99_ns: 2_000_000 * ttl,
    best_ns: 900_000 * ttl,
    worst_ns: 2_000_000 * ttl,
    jitter_ns: 120_000,
    duplicates: 0,
    mtu_bytes: null,
    mpls: [],
    unreachable: null,
    status: 'ok',
    words: 'answers every probe',
    recent_ns: [1_000_000, null, 2_000_000],
    ...changes,
  };
}

const HOPS: readonly HopRow[] = [
  hop(1, { addresses: [hopAddress('192.0.2.1', 'gateway.example')] }),
  hop(2, {
    probes_received: 1,
    loss_ratio: 0.9,
    status: 'answers-some',
    words: 'answers only some probes; the loss does not go on',
  }),
  hop(3, {
    addresses: [],
    probes_received: 0,
    loss_ratio: 1,
    last_ns: null,
    p50_ns: null,
    p99_ns: null,
    best_ns: null,
    worst_ns: null,
    jitter_ns: null,
    recent_ns: [null, null],
    status: 'silent',
    words: 'does not answer; hops beyond it do',
  }),
  hop(4, { addresses: [hopAddress('198.51.100.7', 'host.example')], status: 'target', words: 'the target' }),
];

export function trace(changes: Partial<TraceResult> = {}): TraceResult {
  return {
    test: 'mtr',
    protocol: 'udp',
    family: 4,
    source: { address: '192.0.2.77', device: 'eth0' },
    via: null,
    address: '198.51.100.7',
    port: 33434,
    method: 'udp error queue',
    complete: true,
    error: null,
    warnings: [],
    duration_ns: 10e9,
    rounds: 10,
    max_hops: 30,
    hops: HOPS,
    reached: true,
    hop_count: 4,
    loss_ratio: 0,
    rtt_ns: {
      n: 10,
      min: 3.6e6,
      mean: 4.2e6,
      p50: 4e6,
      p90: 6e6,
      p95: 8e6,
      p99: 8e6,
      p999: 8e6,
      p9999: 8e6,
      max: 8e6,
    },
    source_port: 40_000,
    branches: [],
    loop: null,
    answered_by: [],
    unmatched_answers: 0,
    findings: ['no loss on the way to the target; hops 2 and 3 answer little, which is no loss of the path'],
    compared: null,
    back: null,
    ...changes,
  };
}

export function pathDocument(changes: Partial<PathDocument> = {}): PathDocument {
  return {
    schema: 'winze-path/1',
    tool: { name: 'winze', version: '0.1.0' },
    started_at: '2026-01-02T03:04:05.000Z',
    title: null,
    target: { name: 'host.example', port: null, url: null },
    tests: [trace()],
    expectations: [],
    complete: true,
    error: null,
    ...changes,
  };
}
