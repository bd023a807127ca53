/**
 * Metrics of the process, with the names that all Prometheus clients use, and what is running.
 *
 * @see https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 * @module
 */
import type { Exposition } from './exposition.ts';

/** Facts about a process. */
export interface ProcessFacts {
  readonly version: string;
  /** Version of Node. */
  readonly node: string;
  /** Processor time in user and system mode since it started. */
  readonly cpu_seconds: number;
  readonly resident_bytes: number;
  /** Since 1970, UTC. */
  readonly started_at_seconds: number;
}

/** Adds the metrics of a process. */
export function addProcessMetrics(out: Exposition, facts: ProcessFacts): void {
  const { version, node } = facts;
  out.gauge('winze_build_info', 'A constant 1, with the versions of winze and of Node.', [[{ version, node }, 1]]);
  out.counter('process_cpu_seconds_total', 'Processor time of this process, user and system, in seconds.', [
    [{}, facts.cpu_seconds],
  ]);
  out.gauge('process_resident_memory_bytes', 'Resident memory of this process.', [[{}, facts.resident_bytes]]);
  out.gauge('process_start_time_seconds', 'Start of this process since 1970 in seconds.', [
    [{}, facts.started_at_seconds],
  ]);
}
