/**
 * The runners by kind of test. Each is loaded when it is needed.
 *
 * @module
 */
import type { ProbeKind } from '../../core/shapes/path/probe-spec.ts';
import type { LaneRunner } from './runner.ts';

const RUNNERS: Readonly<Record<ProbeKind, () => Promise<LaneRunner>>> = {
  ping: async () => (await import('./ping/run-ping.ts')).runPing,
  connections: async () => (await import('./connections/run-connections.ts')).runConnections,
  latency: async () => (await import('./ping/run-ping.ts')).runPing,
  http: async () => (await import('./http/run-http.ts')).runHttp,
  trace: async () => (await import('./trace/run-trace.ts')).runTraces,
  mtr: async () => (await import('./trace/run-trace.ts')).runTraces,
  mtu: async () => (await import('./mtu/run-mtu.ts')).runMtus,
};

/** Loads the runner of a kind of test. */
export function runnerOf(kind: ProbeKind): Promise<LaneRunner> {
  return RUNNERS[kind]();
}
