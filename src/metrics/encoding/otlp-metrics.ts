/**
 * Metrics of a document as a request of OTLP in JSON: what a collector, or a Prometheus that is told to, takes over HTTP.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @see opentelemetry-proto, opentelemetry/proto/metrics/v1/metrics.proto
 * @module
 */
import { isCount, isWhole } from '../document/metric-table.ts';
import type { MetricFamily } from '../document/sample-set.ts';
import type { Labels } from '../exposition.ts';

/** AGGREGATION_TEMPORALITY_CUMULATIVE. Enumerations are numbers in JSON. */
const CUMULATIVE = 2;

/** What is beside the figures. Times are since 1970, in decimal digits: they do not fit a number. */
export interface OtlpFrame {
  readonly startNs: string;
  readonly timeNs: string;
  readonly version: string;
  /** Attributes of whoever sends, such as `host.name`. */
  readonly resource: Labels;
}

/**
 * Writes a request. Counts are sums from the start of the run to its end. They are not monotonic, since the next run begins at 0:
 * Prometheus would call a monotonic one a counter, and give it another name.
 */
export function otlpMetrics(families: readonly MetricFamily[], frame: OtlpFrame): string {
  const { startNs, timeNs, version, resource } = frame;
  const metrics = families.map(({ name, help, unit, series }) => {
    const dataPoints = series.map(({ labels, value }) => ({
      attributes: attributes(labels),
      startTimeUnixNano: startNs,
      timeUnixNano: timeNs,
      // 64-bit integers are text in the JSON of protobuf.
      ...(isWhole(unit) ? { asInt: String(Math.round(value)) } : { asDouble: value }),
    }));
    const data = isCount(unit)
      ? { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: false } }
      : { gauge: { dataPoints } };
    return { name, description: help, unit, ...data };
  });
  const scopeMetrics = [{ scope: { name: 'winze', version }, metrics }];
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics }] });
}

function attributes(labels: Labels) {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
