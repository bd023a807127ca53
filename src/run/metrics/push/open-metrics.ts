/**
 * Where the metrics of a run go, if they go anywhere.
 *
 * @module
 */
import type { MetricOptions, MetricOutputs, MetricPorts } from './metric-outputs.ts';

/** Opens the outputs that are asked for; `null` if none is: then none of this is loaded. @throws NetError as they do */
export async function openMetrics(
  options: MetricOptions,
  ports: MetricPorts,
  say: (message: string) => void,
): Promise<MetricOutputs | null> {
  if (options.push === undefined && options.textfile === undefined) return null;
  return (await import('./metric-outputs.ts')).openMetricOutputs(options, ports, say);
}
