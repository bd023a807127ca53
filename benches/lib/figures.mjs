/**
 * Small statistics and print helpers of the benches.
 *
 * @module
 */

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `1.52 (1.44..1.61, n 5)` @param {number[]} values @param {number} digits */
export function spread(values, digits = 2) {
  const text = (value) => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))}..${text(Math.max(...values))}, n ${values.length})`;
}

/** @param {number} bps */
export function gbit(bps) {
  return `${(bps / 1e9).toFixed(2)} Gbit/s`;
}

/** Processor use of both ends of a winze test, in cores. */
export function winzeCpu(test) {
  const of = (facts) => (facts ? facts.user_ratio + facts.system_ratio : Number.NaN);
  return { client: of(test.cpu.client), server: of(test.cpu.server) };
}

/** Processor use of both ends of an iperf3 test, in cores. */
export function iperf3Cpu(end) {
  const { host_total: client, remote_total: server } = end.cpu_utilization_percent;
  return { client: client / 100, server: server / 100 };
}

/** @param {{client: number, server: number}[]} all */
export function cpuText(all) {
  return `cpu ${median(all.map((one) => one.client)).toFixed(2)} + ${median(all.map((one) => one.server)).toFixed(2)} cores`;
}
