/**
 * Medians of a few rounds, with their confidence intervals.
 *
 * With six or more samples, the interval is that of order statistics: it is valid for any continuous
 * distribution of independent samples, because the number of samples below the true median is
 * binomial with p = 1/2. It is the narrowest symmetric pair [x(k), x(n+1-k)] that covers at least 95 %.
 * Below six samples, even [min, max] does not cover 95 % (n = 5: 93.75 %), so a distribution must be
 * assumed: the log-normal one, which suits ratios. The Student t interval of the logarithms, mapped
 * back, is an interval for the geometric mean, which under that assumption is the median.
 *
 * Both intervals assume independent rounds. Rounds that run shortly after one another share disturbances,
 * and the true coverage is then lower.
 *
 * @see W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2 (order statistics);
 *   J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems, section 2.2.
 *
 * @module
 */

/** Median of the samples of all rounds with its confidence interval; `median` is `null` without samples. */
export interface MedianWithInterval {
  readonly median: number | null;
  /** 95 % confidence interval of the median; `null` if there are too few samples. */
  readonly ci95: readonly [number, number] | null;
  readonly n: number;
}

/** Quantile 0.975 of Student's t with n - 1 degrees of freedom, by n: 2..5. */
const STUDENT_T_975: Readonly<Record<number, number>> = { 2: 12.7062047, 3: 4.3026527, 4: 3.1824463, 5: 2.7764451 };
/** Greatest probability that the median is beyond one end of the interval. */
const TAIL = 0.025;

/**
 * Returns the middle sample, or the mean of the middle two; `null` without samples.
 *
 * @throws RangeError if a sample is NaN.
 */
export function median(samples: readonly number[]): number | null {
  return medianOfSorted(ascending(samples));
}

/**
 * Returns the median of positive ratios with its 95 % confidence interval, which always contains the median.
 *
 * @returns `ci95` is `null` below two samples; below six samples, also if one is not positive and finite and so
 *   has no logarithm.
 * @throws RangeError if a sample is NaN.
 */
export function medianWithInterval(samples: readonly number[]): MedianWithInterval {
  const sorted = ascending(samples);
  return { median: medianOfSorted(sorted), ci95: intervalOf(sorted), n: sorted.length };
}

function ascending(samples: readonly number[]): Float64Array {
  if (samples.some(Number.isNaN)) throw new RangeError('expected numbers, got NaN');
  return Float64Array.from(samples).sort();
}

function medianOfSorted(sorted: Float64Array): number | null {
  const upper = sorted[sorted.length >>> 1];
  if (upper === undefined) return null;
  const lower = sorted[(sorted.length - 1) >>> 1] ?? upper;
  return lower === upper ? upper : (lower + upper) / 2;
}

function intervalOf(sorted: Float64Array): readonly [number, number] | null {
  const student = STUDENT_T_975[sorted.length];
  if (student !== undefined) return logNormalInterval(sorted, student);
  const k = lowerRank(sorted.length);
  const low = sorted[k - 1];
  const high = sorted[sorted.length - k];
  return low === undefined || high === undefined ? null : [low, high];
}

/**
 * Returns the largest k with P(B < k) <= 0.025 for B binomial (n, 1/2): the rank of the lower end of the
 * interval, counted from 1. 0 if there is none.
 */
function lowerRank(n: number): number {
  // Logarithms, because 2^-n underflows at n = 1075.
  let logTerm = -n * Math.LN2;
  let below = 0;
  for (let k = 0; k < n; k++) {
    below += Math.exp(logTerm);
    if (below > TAIL) return k;
    logTerm += Math.log((n - k) / (k + 1));
  }
  return 0;
}

function logNormalInterval(sorted: Float64Array, student: number): readonly [number, number] | null {
  const n = sorted.length;
  const logs = sorted.map(Math.log);
  const mean = logs.reduce((sum, value) => sum + value, 0) / n;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = student * Math.sqrt(variance / n);
  if (!Number.isFinite(half)) return null;
  // The interval of equal samples has zero width; rounding in exp(log(x)) must not exclude the median from it.
  const middle = medianOfSorted(sorted) ?? 0;
  return [Math.min(middle, Math.exp(mean - half)), Math.max(middle, Math.exp(mean + half))];
}
