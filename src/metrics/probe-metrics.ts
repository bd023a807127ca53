/**
 * The metrics of one probe of an exporter. A probe that failed has its reason, and no figures: 0 would be one.
 *
 * @module
 */
import type { MtuResult } from '../core/shapes/path/mtu.ts';
import type { PingResult } from '../core/shapes/path/ping.ts';
import type { TraceResult } from '../core/shapes/path/trace.ts';
import type { ResultDocument } from '../core/shapes/result.ts';
import { NS_PER_S } from '../core/time.ts';
import { Exposition, type Labels, type Sample } from './exposition.ts';
import type { ProbeOutcome } from './probe-outcome.ts';
import type { TargetTotals } from './target-totals.ts';

/** What was probed and how long it took. */
export interface ProbeFacts {
  /** As it was asked for. */
  readonly target: string;
  readonly module: string;
  readonly duration_ns: number;
}

/** Names of the paths that are compared: that to the target, and that to the address inside a tunnel. */
const PATHS = ['line', 'tunnel'] as const;

/** Writes the metrics of a probe, and the counts of its target where it has some. */
export function probeMetrics(facts: ProbeFacts, outcome: ProbeOutcome, totals: TargetTotals | null): Promise<string> {
  const out = new Exposition();
  const labels = { target: facts.target, module: facts.module };
  out.gauge('winze_probe_success', 'Whether the probe has figures: 1 or 0.', [[labels, outcome.ok ? 1 : 0]]);
  out.gauge('winze_probe_duration_seconds', 'Time that the probe took.', [[labels, seconds(facts.duration_ns)]]);
  if (outcome.ok) {
    const { measured } = outcome;
    if (measured.tag === 'round-trips') addRoundTrips(out, labels, measured.results);
    else if (measured.tag === 'mtu') addMtu(out, labels, measured.result);
    else if (measured.tag === 'path') addPath(out, labels, measured.result);
    else addBandwidth(out, labels, measured.document);
  } else {
    out.gauge('winze_probe_failure_info', 'A constant 1, with the reason why the probe has no figures.', [
      [{ ...labels, reason: outcome.reason }, 1],
    ]);
  }
  totals?.write(out);
  return out.text();
}

function addRoundTrips(out: Exposition, labels: Labels, results: readonly PingResult[]): void {
  const each = (samples: (result: PingResult, labels: Labels) => readonly Sample[]): readonly Sample[] =>
    results.flatMap((result, place) => samples(result, { ...labels, path: PATHS[place] ?? `path ${place}` }));
  out.gauge(
    'winze_probe_rtt_seconds',
    'Round trips of this probe since they were due: the median and the 99th percentile; of one path also the least and the greatest.',
    each(({ rtt_ns: { min, p50, p99, max } }, at) => {
      const middle: readonly Sample[] = [
        [{ ...at, stat: 'p50' }, seconds(p50)],
        [{ ...at, stat: 'p99' }, seconds(p99)],
      ];
      // Of two paths the difference counts: every series more is stored for every target.
      if (results.length > 1) return middle;
      return [[{ ...at, stat: 'min' }, seconds(min)], ...middle, [{ ...at, stat: 'max' }, seconds(max)]];
    }),
  );
  out.gauge(
    'winze_probe_loss_ratio',
    'Share of the packets of this probe that were not answered in time.',
    each(({ loss_ratio }, at) => [[at, loss_ratio]]),
  );
  out.gauge(
    'winze_probe_late_ratio',
    'Share of the packets that this host sent over a millisecond late: above 0.01 its times are not to be trusted.',
    [[labels, greatest(results.map(({ schedule }) => schedule.late_ratio))]],
  );
  const [, inside] = results;
  out.gauge('winze_added_rtt_seconds', 'Median of what the tunnel adds to a round trip, pair by pair.', [
    [labels, seconds(inside?.compared?.median_difference_ns ?? null)],
  ]);
}

function addMtu(out: Exposition, labels: Labels, { forward, backward, path_mtu_bytes, tcp }: MtuResult): void {
  const both: readonly Sample[] = [
    [{ ...labels, direction: 'forward' }, forward?.path_mtu_bytes ?? null],
    [{ ...labels, direction: 'backward' }, backward?.path_mtu_bytes ?? null],
  ];
  const isTold = both.some(([, value]) => value !== null);
  out.gauge(
    'winze_path_mtu_bytes',
    'Largest packet that passes, with its IP header.',
    isTold || tcp === null ? both : [[{ ...labels, direction: 'forward' }, path_mtu_bytes]],
  );
  const hole = (way: MtuResult['forward']): number | null => way && (way.verdict === 'black-hole' ? 1 : 0);
  out.gauge('winze_path_black_hole', 'Whether larger packets vanish and no router says so: 1 or 0.', [
    [{ ...labels, direction: 'forward' }, hole(forward)],
    [{ ...labels, direction: 'backward' }, hole(backward)],
  ]);
}

function addPath(out: Exposition, labels: Labels, { hop_count, rtt_ns, branches }: TraceResult): void {
  out.gauge('winze_path_hops', 'TTL at which the target answers.', [[labels, hop_count]]);
  out.gauge('winze_path_rtt_seconds', 'Median round trip of the trace to its target.', [[labels, seconds(rtt_ns.p50)]]);
  out.gauge('winze_path_branches', 'Branches of the path that were seen.', [[labels, branches.length || null]]);
}

function addBandwidth(out: Exposition, labels: Labels, { tests, overhead, paths }: ResultDocument): void {
  const goodput = tests.flatMap((test): Sample[] => {
    // The last round of each path: a comparison is in the ratios.
    if (test.test !== 'bandwidth' || test.round !== lastRound(tests, test.path)) return [];
    const path = PATHS[paths.findIndex(({ name }) => name === test.path)] ?? 'line';
    return test.flows.map((flow): Sample => {
      const at = { ...labels, path, protocol: test.protocol, direction: flow.direction };
      return [at, flow.goodput_bps === null ? null : flow.goodput_bps / 8];
    });
  });
  out.gauge('winze_goodput_bytes_per_second', 'Payload rate, counted by its receiver.', goodput);
  const [row] = overhead;
  if (row === undefined) return;
  out.gauge('winze_goodput_ratio', 'Goodput of the tunnel / goodput of the line, median of paired rounds.', [
    [labels, row.goodput_ratio],
  ]);
  out.gauge('winze_ceiling_ratio', 'Greatest goodput ratio that the octets of the encapsulation allow.', [
    [labels, row.ceiling_ratio],
  ]);
}

function lastRound(tests: ResultDocument['tests'], path: string): number {
  return Math.max(...tests.filter((test) => test.path === path).map(({ round }) => round));
}

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function seconds(ns: number | null): number | null {
  return ns === null ? null : ns / NS_PER_S;
}
