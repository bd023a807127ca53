/**
 * What connections cost in processor time.
 *
 * @module
 */
import type { CpuFacts } from '../../core/shapes/flow.ts';

/** Of fewer connections, what the process does besides them is more than they are. */
const LEAST_CONNECTIONS = 100;

/**
 * Processor time of the process of one end for each connection, in nanoseconds, TLS handshake included where there is one.
 *
 * The use is the mean of the whole test, warm-up included.
 *
 * @param count - connections in the measured time
 * @param durationNs - the measured time of that end
 * @returns `null` of fewer than 100, and where the use is not known
 */
export function cpuForEach(cpu: CpuFacts | null, count: number | null, durationNs: number | null): number | null {
  const { user_ratio: user = null, system_ratio: system = null } = cpu ?? {};
  if (user === null || system === null || count === null || durationNs === null) return null;
  return count < LEAST_CONNECTIONS ? null : ((user + system) * durationNs) / count;
}
