/**
 * The runners by kind of test. Each is loaded when it is needed.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import type { ProbeKind } from '../../core/shapes/path/probe-spec.ts';
import type { ProbeRunner } from './runner.ts';

const RUNNERS: Readonly<Record<ProbeKind, (() => Promise<ProbeRunner>) | string>> = {
  trace: async () => (await import('./trace/run-trace.ts')).runTrace,
  mtr: async () => (await import('./trace/run-trace.ts')).runTrace,
  mtu: async () => (await import('./mtu/run-mtu.ts')).runMtu,
  ping: 'ping is not there yet; use -c HOST -t l, with winze -s at the far end',
  connections: 'connections per second are not measured yet; b (bandwidth) and l (latency) are, with -c HOST',
  latency: 'the latency to what is no winze server is not measured yet; use -c HOST -t l, with winze -s at the far end',
  http: 'HTTP is not measured yet; give a host and a test, such as -x HOST:443 -t tr',
};

/**
 * Loads the runner of a kind of test.
 *
 * @throws NetError `ERR_USAGE` for a kind that has none
 */
export async function runnerOf(kind: ProbeKind): Promise<ProbeRunner> {
  const load = RUNNERS[kind];
  if (typeof load === 'string') throw usageError(`-t: ${load}`);
  return load();
}
