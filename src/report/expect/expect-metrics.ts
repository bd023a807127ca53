/**
 * The metrics that `--expect` knows, and where in a document each is found.
 *
 * @module
 */
import type { Distribution, FlowResult } from '../../core/shapes/flow.ts';
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import type { ConnectionTestResult, LatencyResult, Overhead } from '../../core/shapes/result.ts';
import type { Protocol } from '../../core/shapes/spec.ts';

/** How a value is written: `500M`, `20ms`, `0.1%`, `0.9`, `10`. */
export type ExpectUnit = 'rate' | 'time' | 'percent' | 'ratio' | 'count';

/** One metric, with a function for each part of the document that has it. Parts without a function are not evaluated. */
export interface Metric {
  readonly unit: ExpectUnit;
  /** From tests that are about this figure only; if it is left out, from all. */
  readonly figure?: Overhead['figure'];
  /** From one direction of a bandwidth test, for `protocols` only: TCP reports no loss. */
  readonly flow?: { readonly protocols: readonly Protocol[]; readonly read: (flow: FlowResult) => number | null };
  readonly latency?: (result: LatencyResult) => number | null;
  readonly connections?: (result: ConnectionTestResult) => number | null;
  readonly overhead?: (overhead: Overhead) => number | null;
  /** From tests of the path; `undefined` for those that do not have it. */
  readonly path?: (result: PathTestResult) => number | null | undefined;
}

const BOTH: readonly Protocol[] = ['tcp', 'udp'];
const TCP: readonly Protocol[] = ['tcp'];
const UDP: readonly Protocol[] = ['udp'];

const percentile = (field: Exclude<keyof Distribution, 'n'>): Metric => ({
  unit: 'time',
  latency: (result) => result.rtt_ns[field],
});

/** The smaller of the counts of both ends; `null` if one is not known. */
function lesser(a: number | null | undefined, b: number | null | undefined): number | null {
  return a === undefined || a === null || b === undefined || b === null ? null : Math.min(a, b);
}

/** All names, in the order in which an error message lists them. */
export const METRICS: Readonly<Record<string, Metric>> = {
  goodput: { unit: 'rate', figure: null, flow: { protocols: BOTH, read: (flow) => flow.goodput_bps } },
  packets: { unit: 'count', figure: 'packets', flow: { protocols: BOTH, read: (flow) => flow.packets_per_s } },
  connections: { unit: 'count', connections: (result) => result.connections_per_s },
  held: { unit: 'count', connections: ({ held }) => lesser(held?.open_at_client, held?.open_at_server) },
  failures: { unit: 'percent', connections: (result) => result.failure_ratio },
  connect_p50: { unit: 'time', connections: (result) => result.connect_ns.p50 },
  connect_p99: { unit: 'time', connections: (result) => result.connect_ns.p99 },
  loss: {
    unit: 'percent',
    flow: { protocols: UDP, read: (flow) => flow.loss_ratio },
    latency: (result) => result.loss_ratio,
  },
  jitter: {
    unit: 'time',
    flow: { protocols: UDP, read: (flow) => flow.jitter_rfc3550_ns },
    latency: (result) => result.jitter_rfc3550_ns,
  },
  retransmits: { unit: 'count', flow: { protocols: TCP, read: (flow) => flow.tcp?.retransmits ?? null } },
  reordered: {
    unit: 'count',
    flow: { protocols: UDP, read: (flow) => flow.packets_reordered },
    latency: (result) => result.packets_reordered,
  },
  duplicated: {
    unit: 'count',
    flow: { protocols: UDP, read: (flow) => flow.packets_duplicated },
    latency: (result) => result.packets_duplicated,
  },
  min: percentile('min'),
  mean: percentile('mean'),
  p50: percentile('p50'),
  p90: percentile('p90'),
  p95: percentile('p95'),
  p99: percentile('p99'),
  'p99.9': percentile('p999'),
  'p99.99': percentile('p9999'),
  max: percentile('max'),
  goodput_ratio: { unit: 'ratio', figure: null, overhead: (overhead) => overhead.goodput_ratio },
  efficiency: { unit: 'ratio', figure: null, overhead: (overhead) => overhead.efficiency_ratio },
  added_rtt: { unit: 'time', overhead: (overhead) => overhead.added_rtt_ns },
  added_loss: { unit: 'percent', overhead: (overhead) => overhead.loss_ratio_added },
  packets_ratio: { unit: 'ratio', figure: 'packets', overhead: (overhead) => overhead.packets_ratio },
  connections_ratio: {
    unit: 'ratio',
    figure: 'connections',
    overhead: (overhead) => overhead.connections_ratio,
  },
  cpu_ratio: { unit: 'ratio', overhead: (overhead) => overhead.cpu_per_gbit_ratio },
  hops: { unit: 'count', path: (result) => ('hop_count' in result ? result.hop_count : undefined) },
  path_mtu: { unit: 'count', path: (result) => (result.test === 'mtu' ? result.path_mtu_bytes : undefined) },
};
