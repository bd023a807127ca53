/**
 * The metrics that `--expect` knows of probes of a path, and where in a result each is found.
 *
 * @module
 */
import type { Distribution } from '../../core/shapes/flow.ts';
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import type { ExpectUnit } from '../expect/expect-metrics.ts';

/** One metric: `read` returns `null` for what was not measured, `undefined` where a kind of test does not have it. */
export interface PathMetric {
  readonly unit: ExpectUnit;
  readonly read: (result: PathTestResult) => number | null | undefined;
}

const percentile = (field: Exclude<keyof Distribution, 'n'>): PathMetric => ({
  unit: 'time',
  read: (result) => timesOf(result)?.[field],
});

/** The times of a test: round trips, connects, or whole requests of HTTP. */
function timesOf(result: PathTestResult): Distribution | undefined {
  if ('rtt_ns' in result) return result.rtt_ns;
  if (result.test === 'connections') return result.connect_ns;
  return result.test === 'http' ? result.total_ns : undefined;
}

/** All names, in the order in which an error message lists them. */
export const PATH_METRICS: Readonly<Record<string, PathMetric>> = {
  hops: { unit: 'count', read: (result) => ('hop_count' in result ? result.hop_count : undefined) },
  loss: { unit: 'percent', read: (result) => ('loss_ratio' in result ? result.loss_ratio : undefined) },
  path_mtu: { unit: 'count', read: (result) => (result.test === 'mtu' ? result.path_mtu_bytes : undefined) },
  connections: { unit: 'count', read: (result) => (result.test === 'connections' ? result.opened_per_s : undefined) },
  min: percentile('min'),
  mean: percentile('mean'),
  p50: percentile('p50'),
  p90: percentile('p90'),
  p95: percentile('p95'),
  p99: percentile('p99'),
  'p99.9': percentile('p999'),
  'p99.99': percentile('p9999'),
  max: percentile('max'),
};
