/**
 * What is known of each path: both ends' routes, what stands out about it, and why it failed if it did.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { GatheredHost, HostDetails } from '../../core/shapes/host-details.ts';
import type { PathResult, TestResult } from '../../core/shapes/result.ts';
import { mtuNotes } from '../../tunnel/mtu-notes.ts';
import type { ClientPath } from './connect/client-path.ts';

/**
 * Describes the paths, the first of which is the baseline.
 *
 * @param gathered - of this host; `null` before it was gathered
 */
export function describePaths(
  paths: readonly ClientPath[],
  tests: readonly TestResult[],
  gathered: GatheredHost | null,
): readonly PathResult[] {
  const [baseline] = paths;
  if (!baseline) return [];
  const server = serverIdOf(paths);
  return paths.map((path, index) => ({
    name: path.name,
    role: index === 0 ? 'baseline' : 'via',
    client: { ...path.facts, link: gathered?.links[path.facts.device ?? ''] ?? null },
    server: path.connection && { ...path.connection.welcome.path, link: path.connection.serverHost?.link ?? null },
    same_server: path.connection !== null && path.connection.serverId === server,
    notes: [...(path.connection?.notes ?? []), ...(index === 0 ? [] : mtuNotesOf(path, baseline, tests))],
    error: path.error && { code: path.error.code, message: path.error.message },
  }));
}

/** Of the first path that was connected. */
export function serverIdOf(paths: readonly ClientPath[]): string | null {
  return paths.find(({ connection }) => connection !== null)?.connection?.serverId ?? null;
}

/** What the server told of its host, over whichever path it did. */
export function serverDetailsOf(paths: readonly ClientPath[]): HostDetails | null {
  return paths.find(({ connection }) => connection?.serverHost)?.connection?.serverHost?.details ?? null;
}

function mtuNotesOf(path: ClientPath, baseline: ClientPath, tests: readonly TestResult[]): readonly string[] {
  const counts = tests.filter((test) => test.path === path.name).flatMap((test) => test.fragments_created ?? []);
  return mtuNotes({
    kind: path.facts.kind,
    encapsulation: path.facts.encapsulation,
    tunnelMtu: path.facts.mtu_bytes,
    underlayMtu: baseline.facts.mtu_bytes,
    outerFamily: parseIp(baseline.facts.remote_address)?.family ?? null,
    fragmentsCreated: counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null,
  });
}
