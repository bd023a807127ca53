/**
 * The runners by kind of test. Each is loaded when it is needed.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import type { ProbeKind } from '../../core/shapes/path/probe-spec.ts';
import type { KindRunner, LaneRunner, ProbeRunner } from './runner.ts';

type LaneKind = 'ping' | 'connections' | 'latency' | 'http';

const LANE_RUNNERS: Readonly<Record<LaneKind, () => Promise<LaneRunner>>> = {
  ping: async () => (await import('./ping/run-ping.ts')).runPing,
  connections: async () => (await import('./connections/run-connections.ts')).runConnections,
  latency: async () => (await import('./ping/run-ping.ts')).runPing,
  http: async () => (await import('./http/run-http.ts')).runHttp,
};

const RUNNERS: Readonly<Record<Exclude<ProbeKind, LaneKind>, (() => Promise<ProbeRunner>) | string>> = {
  trace: async () => (await import('./trace/run-trace.ts')).runTrace,
  mtr: async () => (await import('./trace/run-trace.ts')).runTrace,
  mtu: async () => (await import('./mtu/run-mtu.ts')).runMtu,
};

/**
 * Loads the runner of a kind of test.
 *
 * @throws NetError `ERR_USAGE` for a kind that has none
 */
export async function runnerOf(kind: ProbeKind): Promise<KindRunner> {
  if (isLaneKind(kind)) return { tag: 'lanes', run: await LANE_RUNNERS[kind]() };
  const load = RUNNERS[kind];
  if (typeof load === 'string') throw usageError(`-t: ${load}`);
  return { tag: 'each', run: await load() };
}

function isLaneKind(kind: ProbeKind): kind is LaneKind {
  return Object.hasOwn(LANE_RUNNERS, kind);
}
