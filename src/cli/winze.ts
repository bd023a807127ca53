/**
 * The command `winze`, with the functions that its commands call.
 *
 * @module
 */
import { hostPorts } from '../run/decode/host-ports.ts';
import { runProcess } from './process.ts';

/**
 * Runs the command line of this process. The modules of each command are loaded when they are needed: a client starts
 * without the server, the lab and the tunnel, and `--help` and usage errors need none of them.
 */
export function run(): Promise<void> {
  return runProcess({
    connect: async (config) => (await import('../run/client/client.ts')).connect(config),
    serve: async (config) => (await import('../run/server/server.ts')).serve(config),
    openMetrics: async (endpoint) => (await import('../run/metrics/server-listener.ts')).openServerMetrics(endpoint),
    openExporter: async (config, secret) =>
      (await import('../run/metrics/exporter/exporter.ts')).openExporter(config, secret),
    probe: async (config) => (await import('../run/probes/probe.ts')).probe(config),
    lab: async (config) => (await import('../run/lab/lab.ts')).lab(config),
    buildFacts: async () => (await import('../run/build-facts.ts')).buildFacts(),
    tunnel: async () => (await import('../run/tunnel/tunnel.ts')).tunnel,
    ...hostPorts,
  });
}
