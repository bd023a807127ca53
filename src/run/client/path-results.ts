/**
 * The description of each path in a result: the routes of both ends, notes, and its failure.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { GatheredHost, HostDetails } from '../../core/shapes/host-details.ts';
import type { PathResult, TestResult } from '../../core/shapes/result.ts';
import type { MeasuredMtus } from '../../measure/ceiling.ts';
import { mtuNotes } from '../../tunnel/mtu-notes.ts';
import type { ClientPath } from './connect/client-path.ts';

/**
 * Describes the paths, the first of which is the baseline.
 *
 * @param mtus - path MTUs that were measured: of the baseline, one goes before the MTU of its device
 * @param gathered - details of this host; `null` before they were gathered
 */
export function describePaths(
  paths: readonly ClientPath[],
  tests: readonly TestResult[],
  mtus: MeasuredMtus,
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
    notes: [...(path.connection?.notes ?? []), ...(index === 0 ? [] : mtuNotesOf(path, baseline, tests, mtus))],
    error: path.error && { code: path.error.code, message: path.error.message },
  }));
}

/** The server's id, from the first path that was connected; `null` if none was. */
export function serverIdOf(paths: readonly ClientPath[]): string | null {
  return paths.find(({ connection }) => connection !== null)?.connection?.serverId ?? null;
}

/** The details that the server sent about its host, over any path; `null` if it sent none. */
export function serverDetailsOf(paths: readonly ClientPath[]): HostDetails | null {
  return paths.find(({ connection }) => connection?.serverHost)?.connection?.serverHost?.details ?? null;
}

function mtuNotesOf(
  path: ClientPath,
  baseline: ClientPath,
  tests: readonly TestResult[],
  mtus: MeasuredMtus,
): readonly string[] {
  const counts = tests.filter((test) => test.path === path.name).flatMap((test) => test.fragments_created ?? []);
  // Packets of a tunnel go both ways, so that the narrower one counts.
  const measured = mtus.get(baseline.name)?.path_mtu_bytes ?? null;
  return mtuNotes({
    kind: path.facts.kind,
    encapsulation: path.facts.encapsulation,
    tunnelMtu: path.facts.mtu_bytes,
    underlayMtu: measured ?? baseline.facts.mtu_bytes,
    isMeasured: measured !== null,
    outerFamily: parseIp(baseline.facts.remote_address)?.family ?? null,
    fragmentsCreated: counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null,
  });
}
