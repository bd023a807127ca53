/**
 * What is known of each path: both ends' routes, and what stands out about its MTU.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { PathResult, TestResult } from '../../core/result.ts';
import { mtuNotes } from '../../tunnel/mtu-notes.ts';
import type { PathConnection } from './path-connection.ts';

/** Describes the connections, the first of which is the baseline. */
export function describePaths(
  connections: readonly PathConnection[],
  tests: readonly TestResult[],
): readonly PathResult[] {
  const [baseline] = connections;
  if (!baseline) return [];
  return connections.map((connection, index) => ({
    name: connection.target.name,
    role: index === 0 ? 'baseline' : 'via',
    client: connection.facts,
    server: connection.welcome.path,
    same_server: connection.serverId === baseline.serverId,
    notes: index === 0 ? [] : notesOf(connection, baseline, tests),
  }));
}

function notesOf(path: PathConnection, baseline: PathConnection, tests: readonly TestResult[]): readonly string[] {
  const counts = tests.filter((test) => test.path === path.target.name).flatMap((test) => test.fragments_created ?? []);
  return mtuNotes({
    kind: path.facts.kind,
    tunnelMtu: path.facts.mtu_bytes,
    underlayMtu: baseline.facts.mtu_bytes,
    outerFamily: parseIp(baseline.target.address)?.family ?? null,
    fragmentsCreated: counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null,
  });
}
