/**
 * Facts about this process for its metrics.
 *
 * @module
 */
import { VERSION } from '../../core/version.ts';
import type { ProcessFacts } from '../../metrics/process-metrics.ts';

/** Reads the facts about this process. */
export function processFacts(): ProcessFacts {
  const { user, system } = process.cpuUsage();
  return {
    version: VERSION,
    node: process.versions.node,
    cpu_seconds: (user + system) / 1e6,
    resident_bytes: process.memoryUsage.rss(),
    started_at_seconds: Date.now() / 1000 - process.uptime(),
  };
}
