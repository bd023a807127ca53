/**
 * Describes the machine that a result was measured on.
 *
 * @module
 */
import { arch, availableParallelism, cpus, hostname, release, type } from 'node:os';
import type { HostFacts } from '../core/shapes/result.ts';

/**
 * Returns what Node knows about this host. `cores` counts all processors, also those that this process may not use.
 * `cpu` is `unknown` where the system has no name for it.
 */
export function hostFacts(): HostFacts {
  return {
    hostname: hostname(),
    os: `${type()} ${release()}`,
    arch: arch(),
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: cpus().length || availableParallelism(),
    node: process.versions.node,
  };
}
