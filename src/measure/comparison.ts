/**
 * The overhead of a path over the baseline, from tests that ran on both in interleaved rounds.
 *
 * Rounds are paired: the result of a path in round k is compared with that of the baseline in round k. Slow changes of a
 * shared machine or line affect both, and do not change the ratio.
 *
 * @module
 */
import type { ConnectionTestResult, LatencyResult, Overhead, PathResult, TestResult } from '../core/shapes/result.ts';
import type { FlowDirection } from '../core/shapes/spec.ts';
import { NS_PER_MS } from '../core/time.ts';
import { median, medianWithInterval } from '../stats/median.ts';
import { ceilingOf, type MeasuredMtus, NO_CEILING, type Round } from './ceiling.ts';
import { ranToEnd } from './limits/nothing-received.ts';

/** Ethernet header and up to two VLAN tags: octets that a counted frame may have beyond the MTU. */
const LINK_HEADER_BYTES = 22;

/** With less payload, other traffic (the control connection, ARP) would be a notable part of the counted octets. */
const LEAST_PAYLOAD_BYTES = 100_000;
/** Least processor time for a ratio: 0.2 s of one core. The kernel counts in ticks of 10 ms, which are 5 % of that. */
const LEAST_CORE_NS = 20 * 10 * NS_PER_MS;
/** Least payload, in bits, for a ratio of processor time. With less, most of the time is not for the test. */
const LEAST_PAYLOAD_BITS = 1e8;
/** Greatest ratio of the two rates for a comparison of processor time. Beyond it, most time of the slower test is not for the test. */
const MOST_APART = 20;

/** What one row of a comparison is about. */
type Kind = Pick<Overhead, 'protocol' | 'direction' | 'figure'>;

/**
 * Compares every path with the first one. There is one entry for each path, protocol, direction and figure of a bandwidth
 * test.
 *
 * @param mtus - path MTUs that were measured, if any were
 */
export function compare(
  paths: readonly PathResult[],
  tests: readonly TestResult[],
  mtus: MeasuredMtus = new Map(),
): readonly Overhead[] {
  const [baseline, ...others] = paths;
  if (!baseline || (baseline.error !== null && baseline.server === null)) return [];
  // A path that was never connected has nothing to compare.
  return others
    .filter(({ error, server }) => error === null || server !== null)
    .flatMap((path) => kindsOf(tests).map((kind) => overheadOf(baseline, path, tests, kind, mtus)));
}

function overheadOf(
  baseline: PathResult,
  path: PathResult,
  tests: readonly TestResult[],
  kind: Kind,
  mtus: MeasuredMtus,
): Overhead {
  const { protocol, direction, figure } = kind;
  const base = roundsOf(tests, baseline.name, kind);
  const through = roundsOf(tests, path.name, kind);
  const ratios = pairs(base, through, (round) => round.flow.goodput_bps).map(([a, b]) => b / a);
  // Nothing on the path is a ratio of 0; against nothing on the baseline there is none.
  const { median: ratio, ci95, n } = medianWithInterval(ratios.filter(Number.isFinite));
  const packets = figure === 'packets' ? pairs(base, through, ({ flow }) => flow.packets_per_s) : [];
  const counted = medianWithInterval(packets.map(([a, b]) => b / a).filter(Number.isFinite));
  const opened = figure === 'connections' ? connectionPairs(tests, baseline, path) : [];
  const accepted = medianWithInterval(opened.map(([a, b]) => b / a).filter(Number.isFinite));
  const rounds = { baseline: base.values().next().value, path: through.values().next().value };
  // What small packets cost is not their headers but the work for each.
  const ceiling = figure !== null ? NO_CEILING : ceilingOf({ baseline, path }, rounds, { protocol, direction }, mtus);
  return {
    baseline: baseline.name,
    path: path.name,
    protocol,
    direction,
    goodput_ratio: ratio,
    goodput_ratio_ci95: ci95,
    rounds: figure === 'connections' ? accepted.n : n,
    figure,
    packets_ratio: counted.median,
    packets_ratio_ci95: counted.ci95,
    connections_ratio: accepted.median,
    connections_ratio_ci95: accepted.ci95,
    ...ceiling,
    efficiency_ratio: ratio === null || ceiling.ceiling_ratio === null ? null : ratio / ceiling.ceiling_ratio,
    added_rtt_ns: addedRtt(baseline, path, tests),
    loss_ratio_added:
      protocol === 'udp' && base.size > 0 ? addedDatagramLoss(base, through) : addedProbeLoss(baseline, path, tests),
    wire_bytes_per_payload_byte: median(known([...through.values()].map((round) => wireRatio(round, baseline)))),
    baseline_wire_bytes_per_payload_byte: median(known([...base.values()].map((round) => wireRatio(round, baseline)))),
    cpu_per_gbit_ratio: median(cpuRatios(base, through)),
  };
}

/** Processor time for a bit, path / baseline, of the rounds whose rates are near enough to compare it. */
function cpuRatios(base: ReadonlyMap<number, Round>, through: ReadonlyMap<number, Round>): readonly number[] {
  return [...base].flatMap(([round, one]) => {
    const other = through.get(round);
    const [a, b] = [cpuPerBit(one), other === undefined ? null : cpuPerBit(other)];
    const apart = (other?.flow.goodput_bps ?? 0) / (one.flow.goodput_bps ?? 0);
    return a === null || b === null || apart > MOST_APART || apart < 1 / MOST_APART ? [] : [b / a];
  });
}

/** Accepted connections a second on both paths, of the rounds that both have. */
function connectionPairs(
  tests: readonly TestResult[],
  baseline: PathResult,
  path: PathResult,
): readonly (readonly [number, number])[] {
  const rounds = (name: string): ReadonlyMap<number, ConnectionTestResult> =>
    new Map(
      tests.flatMap((test) =>
        test.test === 'connections' && test.path === name && ranToEnd(test) ? [[test.round, test] as const] : [],
      ),
    );
  return pairs(rounds(baseline.name), rounds(path.name), (test) => test.connections_per_s);
}

/** The combinations of protocol, direction and figure that were tested for bandwidth, or else for latency. */
function kindsOf(tests: readonly TestResult[]): readonly Kind[] {
  const kinds = new Map<string, Kind>();
  const add = ({ test, protocol, config }: TestResult, direction: FlowDirection): void => {
    const figure = test === 'connections' ? test : config.figure;
    kinds.set(`${protocol} ${direction} ${figure}`, { protocol, direction, figure });
  };
  for (const test of tests) {
    if (test.test === 'bandwidth') for (const flow of test.flows) add(test, flow.direction);
    if (test.test === 'connections') add(test, 'upload');
  }
  // A comparison of latency only has an added round-trip time and loss.
  if (kinds.size === 0) for (const test of tests) add(test, 'upload');
  return [...kinds.values()];
}

/** Bandwidth tests of one path that ran to their end, by round. */
function roundsOf(
  tests: readonly TestResult[],
  path: string,
  { protocol, direction, figure }: Kind,
): ReadonlyMap<number, Round> {
  const rounds = new Map<number, Round>();
  for (const test of tests) {
    if (test.test !== 'bandwidth' || test.path !== path || test.protocol !== protocol || !ranToEnd(test)) continue;
    if (test.config.figure !== figure) continue;
    const flow = test.flows.find((one) => one.direction === direction);
    if (flow) rounds.set(test.round, { test, flow });
  }
  return rounds;
}

/** Values of the rounds that both sides have. */
function pairs<T>(
  base: ReadonlyMap<number, T>,
  through: ReadonlyMap<number, T>,
  pick: (one: T) => number | null,
): readonly (readonly [number, number])[] {
  return [...base].flatMap(([round, one]) => {
    const other = through.get(round);
    const [a, b] = [pick(one), other === undefined ? null : pick(other)];
    return a === null || b === null ? [] : [[a, b] as const];
  });
}

function addedRtt(baseline: PathResult, path: PathResult, tests: readonly TestResult[]): number | null {
  const [base, through] = [latencyRounds(tests, baseline.name), latencyRounds(tests, path.name)];
  return median(pairs(base, through, (one) => one.rtt_ns.p50).map(([a, b]) => b - a));
}

/** Added loss of the datagrams of UDP tests. */
function addedDatagramLoss(base: ReadonlyMap<number, Round>, through: ReadonlyMap<number, Round>): number | null {
  return median(pairs(base, through, (round) => round.flow.loss_ratio).map(([a, b]) => b - a));
}

/** Added loss of the latency probes, which stands for that of TCP in the same round. */
function addedProbeLoss(baseline: PathResult, path: PathResult, tests: readonly TestResult[]): number | null {
  const [base, through] = [latencyRounds(tests, baseline.name), latencyRounds(tests, path.name)];
  return median(pairs(base, through, (one) => one.loss_ratio).map(([a, b]) => b - a));
}

function latencyRounds(tests: readonly TestResult[], path: string): ReadonlyMap<number, LatencyResult> {
  const found = tests.filter((test) => test.test === 'latency' && test.path === path && ranToEnd(test));
  return new Map(found.flatMap((test) => (test.test === 'latency' ? [[test.round, test] as const] : [])));
}

/**
 * Octets that the device of the underlay counted for each octet of payload, in the direction of the payload. `null` if the
 * packets were larger than the MTU: then the hardware or the other end of a veth did the segmentation, and the headers of
 * the segments were not counted.
 */
function wireRatio({ test, flow }: Round, baseline: PathResult): number | null {
  const { wire } = test;
  if (!wire || (flow.bytes_received ?? 0) < LEAST_PAYLOAD_BYTES || test.direction === 'bidirectional') return null;
  const upload = flow.direction === 'upload';
  const bytes = upload ? wire.tx_bytes : wire.rx_bytes;
  const packets = upload ? wire.tx_packets : wire.rx_packets;
  const mtu = baseline.client.mtu_bytes;
  if (packets === 0 || mtu === null || bytes / packets > mtu + LINK_HEADER_BYTES) return null;
  // The device counted the warm-up too, which the payload does not include.
  const measured = test.config.duration_ns ?? 0;
  const share = measured > 0 ? measured / (measured + test.config.warmup_ns) : 1;
  return (bytes * share) / (flow.bytes_received ?? 0);
}

/**
 * Busy cores of both hosts for each bit/s of goodput; `null` if there was too little payload or processor time. If both
 * ends are on one machine, both count the same cores, for path and baseline alike.
 */
function cpuPerBit({ test, flow }: Round): number | null {
  const busy = [test.cpu.client?.host_busy_cores ?? null, test.cpu.server?.host_busy_cores ?? null];
  if (busy.some((one) => one === null) || !flow.goodput_bps || (flow.bytes_received ?? 0) * 8 < LEAST_PAYLOAD_BITS) {
    return null;
  }
  const cores = busy.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return cores * flow.duration_ns < LEAST_CORE_NS ? null : cores / flow.goodput_bps;
}

function known(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null);
}
