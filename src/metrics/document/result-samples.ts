/**
 * Samples of the document of a client.
 *
 * @module
 */
import type { CpuFacts, FlowResult } from '../../core/shapes/flow.ts';
import type {
  BandwidthResult,
  ConnectionTestResult,
  LatencyResult,
  Overhead,
  ResultDocument,
  TestResult,
} from '../../core/shapes/result.ts';
import type { Labels } from '../exposition.ts';
import { LINE, viaLabels } from './path-label.ts';
import { addPackets, addPathTests, addTimes, seconds } from './path-test-samples.ts';
import type { SampleSet } from './sample-set.ts';
import { addOutcomes, hasFigures, type TestOutcome } from './test-outcomes.ts';

/** Adds the samples of a client's document. */
export function addResult(out: SampleSet, document: ResultDocument): void {
  const { paths, tests, path_tests, failures, overhead } = document;
  const target = document.target.host;
  const label = viaLabels(paths.flatMap(({ role, name }) => (role === 'via' ? [name] : [])));
  const pathOf = (name: string): string =>
    paths.find((path) => path.name === name)?.role === 'via' ? label(name) : LINE;
  addOutcomes(out, { target }, document, [
    ...path_tests.map((test): TestOutcome => ({ ...test, module: test.test })),
    ...tests.map((test): TestOutcome => ({ ...test, module: moduleOf(test.config) })),
    ...failures.map(({ config, error }): TestOutcome => ({ module: moduleOf(config), complete: false, error })),
  ]);
  addPathTests(out, target, path_tests, label);
  for (const test of tests) addTest(out, target, pathOf, test);
  for (const row of overhead) {
    const module = row.figure ?? 'bandwidth';
    addOverhead(out, { target, module, path: pathOf(row.path), protocol: row.protocol, direction: row.direction }, row);
  }
}

function moduleOf({ test, figure }: TestResult['config']): string {
  return figure ?? test;
}

/** Adds one test, if it has all of its figures. @param pathOf - label of a path by its name */
export function addTest(out: SampleSet, target: string, pathOf: (name: string) => string, test: TestResult): void {
  if (!hasFigures(test)) return;
  const labels = { target, module: moduleOf(test.config), path: pathOf(test.path), protocol: test.protocol };
  if (test.test === 'bandwidth') addBandwidth(out, labels, test);
  else if (test.test === 'latency') addLatency(out, labels, test);
  else addConnectionTest(out, labels, test);
}

function addBandwidth(out: SampleSet, labels: Labels, test: BandwidthResult): void {
  for (const flow of test.flows) addFlow(out, { ...labels, direction: flow.direction }, flow, test.config.figure);
  for (const { cause, direction } of test.limited_by)
    out.add('winze_limited_by_info', { ...labels, direction, cause }, 1);
  addCpu(out, { ...labels, end: 'client' }, test.cpu.client);
  addCpu(out, { ...labels, end: 'server' }, test.cpu.server);
}

function addFlow(out: SampleSet, labels: Labels, flow: FlowResult, figure: 'packets' | null): void {
  if (figure === 'packets') out.add('winze_packets_per_second', labels, flow.packets_per_s);
  else out.add('winze_goodput_bytes_per_second', labels, bytes(flow.goodput_bps));
  out.add('winze_probe_loss_ratio', labels, flow.loss_ratio);
  out.add('winze_jitter_seconds', labels, seconds(flow.jitter_rfc3550_ns));
  out.add('winze_induced_delay_seconds', { ...labels, stat: 'mean' }, seconds(flow.queueing_ns));
  out.add('winze_retransmits', labels, flow.tcp?.retransmits);
  addPackets(out, labels, flow);
}

function addCpu(out: SampleSet, labels: Labels, cpu: CpuFacts | null): void {
  out.add('winze_cpu_ratio', { ...labels, mode: 'user' }, cpu?.user_ratio);
  out.add('winze_cpu_ratio', { ...labels, mode: 'system' }, cpu?.system_ratio);
}

function addLatency(out: SampleSet, labels: Labels, test: LatencyResult): void {
  addTimes(out, 'winze_probe_rtt_seconds', labels, test.rtt_ns);
  out.add('winze_probe_loss_ratio', labels, test.loss_ratio);
  out.add('winze_probe_late_ratio', labels, test.schedule.late_ratio);
  out.add('winze_jitter_seconds', labels, seconds(test.jitter_rfc3550_ns));
  for (const [direction, times] of [
    ['upload', test.queueing_up_ns] as const,
    ['download', test.queueing_down_ns] as const,
  ]) {
    for (const stat of ['p50', 'p99'] as const) {
      out.add('winze_induced_delay_seconds', { ...labels, direction, stat }, seconds(times[stat]));
    }
  }
  addPackets(out, labels, test);
}

function addConnectionTest(out: SampleSet, labels: Labels, test: ConnectionTestResult): void {
  out.add('winze_connections_per_second', labels, test.connections_per_s);
  out.add('winze_connections_failed', labels, test.connections_failed);
  addTimes(out, 'winze_connect_seconds', labels, test.connect_ns);
  addTimes(out, 'winze_tls_handshake_seconds', labels, test.tls?.handshake_ns);
}

/** Adds a row of a comparison. */
export function addOverhead(out: SampleSet, labels: Labels, row: Overhead): void {
  out.add('winze_goodput_ratio', labels, row.goodput_ratio);
  out.add('winze_packets_ratio', labels, row.packets_ratio);
  out.add('winze_connections_ratio', labels, row.connections_ratio);
  out.add('winze_ceiling_ratio', labels, row.ceiling_ratio);
  out.add('winze_efficiency_ratio', labels, row.efficiency_ratio);
  out.add('winze_wire_ratio', labels, row.wire_bytes_per_payload_byte);
  out.add('winze_added_rtt_seconds', labels, seconds(row.added_rtt_ns));
}

/** Bits as octets; `null` stays. */
export function bytes(bps: number | null): number | null {
  return bps === null ? null : bps / 8;
}
