/**
 * An exporter: `/probe`, and `/metrics` of itself and of the tunnels of this host.
 *
 * @module
 */
import type { NetError } from '../../../core/errors.ts';
import type { ExporterConfig } from '../../../core/shapes/metrics/exporter-config.ts';
import { Exposition, TEXT_FORMAT } from '../../../metrics/exposition.ts';
import { addProcessMetrics } from '../../../metrics/process-metrics.ts';
import { addTunnelMetrics } from '../../../metrics/tunnel-metrics.ts';
import { formatKey } from '../../../tunnel/keys.ts';
import { showTunnels } from '../../tunnel/control/show.ts';
import { within } from '../../within.ts';
import { type HttpRoute, openHttp } from '../http-listener.ts';
import { processFacts } from '../process-facts.ts';
import { Prober } from './prober.ts';

/** An exporter that answers. */
export interface RunningExporter {
  /** Without a path. */
  readonly url: string;
  close(): Promise<void>;
}

/** Time for one tunnel of this host: a process that hangs must not take what the scrape has. */
const TUNNEL_MS = 1000;
/** Time for all of them. */
const TUNNELS_MS = 4000;

/** Starts an exporter. @throws NetError `ERR_USAGE` if it cannot listen */
export async function openExporter(config: ExporterConfig, secret: Uint8Array | null): Promise<RunningExporter> {
  const prober = new Prober(config.modules, secret);
  try {
    const { url, close } = await openHttp(
      config.listen,
      '--listen',
      new Map<string, HttpRoute>([
        ['/probe', (request) => prober.answer(request)],
        ['/metrics', async () => ({ status: 200, type: TEXT_FORMAT, body: await ownMetrics(prober) })],
        ['/-/healthy', async () => ({ status: 200, body: 'healthy\n' })],
        ['/-/ready', async () => ({ status: 200, body: 'ready\n' })],
      ]),
    );
    return {
      url,
      close: async () => {
        await close();
        await prober.close();
      },
    };
  } catch (error) {
    await prober.close();
    throw error;
  }
}

async function ownMetrics(prober: Prober): Promise<string> {
  const out = new Exposition();
  const { probes, running } = prober.counts();
  out.counter(
    'winze_exporter_probes_total',
    'Probes that were answered, by outcome; busy got no turn.',
    Object.entries(probes).map(([outcome, count]) => [{ outcome }, count]),
  );
  out.gauge('winze_exporter_probes_running', 'Probes that run now.', [[{}, running]]);
  const unread: string[] = [];
  const reading = showTunnels(null, (_error: NetError, device) => unread.push(device), TUNNEL_MS);
  // If even that takes too long, the rest is told without the tunnels.
  const devices = (await within(TUNNELS_MS, reading)) ?? [];
  const tunnels = devices.map((device) => ({ device, keyText: formatKey }));
  addTunnelMetrics(out, tunnels, unread);
  addProcessMetrics(out, processFacts());
  return out.text();
}
