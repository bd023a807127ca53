/**
 * Samples of tests of a path: pings, traces, path MTU, connections and HTTP.
 *
 * @module
 */
import type { Distribution } from '../../core/shapes/flow.ts';
import type { ConnectionsResult } from '../../core/shapes/path/connections.ts';
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import type { HttpResult } from '../../core/shapes/path/http.ts';
import type { MtuResult } from '../../core/shapes/path/mtu.ts';
import type { PingResult } from '../../core/shapes/path/ping.ts';
import type { TraceResult } from '../../core/shapes/path/trace.ts';
import { NS_PER_S } from '../../core/time.ts';
import type { Labels } from '../exposition.ts';
import { isoSeconds } from './iso-time.ts';
import type { MetricName } from './metric-table.ts';
import { LINE } from './path-label.ts';
import type { SampleSet } from './sample-set.ts';
import { hasFigures } from './test-outcomes.ts';

/** Statistics of a distribution that are metrics: more of them would be series that nobody looks at. */
const STATS = ['min', 'p50', 'p99', 'max'] as const;

/** Nanoseconds as seconds; `null` stays. */
export function seconds(ns: number | null | undefined): number | null {
  return typeof ns === 'number' ? ns / NS_PER_S : null;
}

/** Adds the statistics of times. */
export function addTimes(
  out: SampleSet,
  name: MetricName,
  labels: Labels,
  times: Distribution | null | undefined,
): void {
  for (const stat of STATS) out.add(name, { ...labels, stat }, seconds(times?.[stat]));
}

/** Adds the tests that have all of their figures. @param viaLabel - label of an address of `--via` */
export function addPathTests(
  out: SampleSet,
  target: string,
  tests: readonly PathTestResult[],
  viaLabel: (via: string) => string,
): void {
  const several = {
    source: new Set(tests.map((test) => sourceText(test))).size > 1,
    family: new Set(tests.map(({ family }) => family)).size > 1,
  };
  for (const test of tests) {
    if (!hasFigures(test)) continue;
    const path = [
      test.via === null ? LINE : viaLabel(test.via),
      ...(several.source && test.via === null ? [sourceText(test)] : []),
      ...(several.family ? [`ipv${test.family}`] : []),
    ].join(' ');
    addPathTest(out, { target, module: test.test, path, protocol: test.protocol }, test);
  }
}

function sourceText({ source }: PathTestResult): string {
  return source.device ?? source.address ?? '';
}

function addPathTest(out: SampleSet, labels: Labels, test: PathTestResult): void {
  switch (test.test) {
    case 'ping':
    case 'latency':
      return addPing(out, labels, test);
    case 'trace':
    case 'mtr':
      return addTrace(out, labels, test);
    case 'mtu':
      return addMtu(out, labels, test);
    case 'connections':
      return addConnections(out, labels, test);
    case 'http':
      return addHttp(out, labels, test);
    default:
      // A later version may have a kind of test that this one does not know.
      test satisfies never;
  }
}

function addPing(out: SampleSet, labels: Labels, test: PingResult): void {
  addTimes(out, 'winze_probe_rtt_seconds', labels, test.rtt_ns);
  out.add('winze_probe_loss_ratio', labels, test.loss_ratio);
  out.add('winze_probe_late_ratio', labels, test.schedule.late_ratio);
  out.add('winze_jitter_seconds', labels, seconds(test.jitter_rfc3550_ns));
  addPackets(out, labels, test);
  out.add('winze_added_rtt_seconds', labels, seconds(test.compared?.median_difference_ns));
}

/** Counts of packets, where a result has them. */
type PacketCounts = {
  readonly [K in 'sent' | 'received' | 'lost' | 'duplicated' | 'reordered' as `packets_${K}`]: number | null;
};

/** Adds the counts of packets of a test. */
export function addPackets(out: SampleSet, labels: Labels, counts: PacketCounts): void {
  out.add('winze_packets_sent', labels, counts.packets_sent);
  out.add('winze_packets_received', labels, counts.packets_received);
  out.add('winze_packets_lost', labels, counts.packets_lost);
  out.add('winze_packets_duplicated', labels, counts.packets_duplicated);
  out.add('winze_packets_reordered', labels, counts.packets_reordered);
}

function addTrace(out: SampleSet, labels: Labels, { hop_count, rtt_ns, loss_ratio, branches }: TraceResult): void {
  out.add('winze_path_hops', labels, hop_count);
  out.add('winze_path_rtt_seconds', labels, seconds(rtt_ns.p50));
  out.add('winze_probe_loss_ratio', labels, loss_ratio);
  out.add('winze_path_branches', labels, branches.length || null);
}

function addMtu(out: SampleSet, labels: Labels, { forward, backward, path_mtu_bytes, tcp }: MtuResult): void {
  for (const [direction, way] of [['forward', forward] as const, ['backward', backward] as const]) {
    const at = { ...labels, direction };
    out.add('winze_path_mtu_bytes', at, way?.path_mtu_bytes);
    out.add('winze_path_black_hole', at, way && (way.verdict === 'black-hole' ? 1 : 0));
  }
  if (forward === null && tcp !== null) {
    out.add('winze_path_mtu_bytes', { ...labels, direction: 'forward' }, path_mtu_bytes);
  }
}

function addConnections(out: SampleSet, labels: Labels, test: ConnectionsResult): void {
  out.add('winze_connections_per_second', labels, test.opened_per_s);
  out.add('winze_connections_failed', labels, test.connections_failed);
  addTimes(out, 'winze_connect_seconds', labels, test.connect_ns);
  addTimes(out, 'winze_tls_handshake_seconds', labels, test.tls?.handshake_ns);
}

function addHttp(out: SampleSet, labels: Labels, test: HttpResult): void {
  for (const phase of ['resolve', 'connect', 'tls', 'first_byte', 'transfer', 'total'] as const) {
    out.add('winze_http_seconds', { ...labels, phase }, seconds(test[`${phase}_ns`].p50));
  }
  out.add('winze_http_requests_failed', labels, test.runs_failed);
  const ends = isoSeconds(test.tls?.certificate?.valid_to ?? null);
  out.add('winze_http_certificate_expiry_timestamp_seconds', labels, ends);
}
