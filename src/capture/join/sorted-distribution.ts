/**
 * The exact distribution of sorted values.
 *
 * @module
 */
import type { Distribution } from '../../core/shapes/flow.ts';

/**
 * Computes mean and percentiles. A percentile is the nearest rank: the ceil(p × n)-th smallest value. `null` without
 * values.
 *
 * @param sorted - ascending
 * @param shift - added to every value
 */
export function sortedDistribution(sorted: Float64Array, shift: number): Distribution | null {
  const n = sorted.length;
  if (n === 0) return null;
  let sum = 0;
  for (const value of sorted) sum += value + shift;
  const at = (p: number): number => (sorted[Math.max(Math.ceil(p * n - 1e-9 * n), 1) - 1] ?? 0) + shift;
  return {
    n,
    min: (sorted[0] ?? 0) + shift,
    mean: Math.round(sum / n),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    p9999: at(0.9999),
    max: (sorted[n - 1] ?? 0) + shift,
  };
}
