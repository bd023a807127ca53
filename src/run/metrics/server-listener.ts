/**
 * The metrics of a server over HTTP: `/metrics`, `/-/healthy` and `/-/ready`.
 *
 * @module
 */
import type { ListenEndpoint } from '../../core/shapes/metrics/listen-endpoint.ts';
import type { ServerCounts } from '../../core/shapes/metrics/server-counts.ts';
import { TEXT_FORMAT } from '../../metrics/exposition.ts';
import { serverMetrics } from '../../metrics/server-metrics.ts';
import { type HttpAnswer, openHttp } from './http-listener.ts';
import { processFacts } from './process-facts.ts';

/** Metrics that are served. */
export interface ServerMetricsListener {
  /** Address of the metrics. */
  readonly url: string;
  /** Says whose counts are served. Before, `/metrics` and `/-/ready` answer 503. */
  show(server: { counts(): ServerCounts }): void;
  close(): Promise<void>;
}

const NOT_READY: HttpAnswer = { status: 503, body: 'the server is starting\n' };

/** Starts to listen. @throws NetError `ERR_USAGE` if it cannot listen there */
export async function openServerMetrics(endpoint: ListenEndpoint): Promise<ServerMetricsListener> {
  let shown: { counts(): ServerCounts } | undefined;
  const { url, close } = await openHttp(
    endpoint,
    '--metrics',
    new Map([
      [
        '/metrics',
        async () => {
          if (!shown) return NOT_READY;
          return { status: 200, type: TEXT_FORMAT, body: await serverMetrics(shown.counts(), processFacts()) };
        },
      ],
      ['/-/healthy', async () => ({ status: 200, body: 'healthy\n' })],
      ['/-/ready', async () => (shown ? { status: 200, body: 'ready\n' } : NOT_READY)],
    ]),
  );
  return {
    url: `${url}/metrics`,
    show: (server) => {
      shown = server;
    },
    close,
  };
}
