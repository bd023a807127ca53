/**
 * Where the metrics of a result are sent.
 *
 * @module
 */

/** An endpoint over HTTP, and what it takes: OTLP as JSON, or the line protocol of InfluxDB. */
export interface PushEndpoint {
  readonly format: 'otlp' | 'influx';
  /** `http:` or `https:`, without user and password. */
  readonly url: string;
}
