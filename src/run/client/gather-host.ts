/**
 * What the client's host tells of itself when the tests are over.
 *
 * @module
 */
import type { ClientConfig } from '../../core/shapes/config.ts';
import type { GatheredHost } from '../../core/shapes/host-details.ts';
import type { ClientPath } from './connect/client-path.ts';

/** How long a host is looked at when its test was ended by hand. */
const ABORTED_LIMIT_MS = 1000;

/** @returns `null` if it was not asked for. Never rejects */
export async function gatherHost(
  { host_details, signal }: ClientConfig,
  paths: readonly ClientPath[],
): Promise<GatheredHost | null> {
  if (!host_details) return null;
  // Loaded now: it would delay the first data.
  const { gatherDetails } = await import('../host/gather-details.ts');
  const devices = paths.flatMap(({ facts }) => facts.device ?? []);
  return gatherDetails(devices, signal?.aborted ? { limitMs: ABORTED_LIMIT_MS } : {});
}
