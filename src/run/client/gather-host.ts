/**
 * Gathers details of the client's host after the tests.
 *
 * @module
 */
import type { ClientConfig } from '../../core/shapes/config.ts';
import type { GatheredHost } from '../../core/shapes/host-details.ts';
import type { ClientPath } from './connect/client-path.ts';

/** Time limit when the test was ended by the user, who is waiting. */
const ABORTED_LIMIT_MS = 1000;

/**
 * Gathers the details. Never rejects.
 *
 * @returns `null` if they were not requested (`host_details`)
 */
export async function gatherHost(
  { host_details, signal }: ClientConfig,
  paths: readonly ClientPath[],
): Promise<GatheredHost | null> {
  if (!host_details) return null;
  // Loaded now, because loading it earlier would delay the first data.
  const { gatherDetails } = await import('../host/gather-details.ts');
  const devices = paths.flatMap(({ facts }) => facts.device ?? []);
  return gatherDetails(devices, signal?.aborted ? { limitMs: ABORTED_LIMIT_MS } : {});
}
