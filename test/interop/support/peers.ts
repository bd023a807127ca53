/**
 * Whether the tools that a test needs are there.
 *
 * `WINZE_REQUIRE_PEERS` (names, separated by spaces or commas) is set by whoever installed them: then
 * one that is missing is a failure. Otherwise the tests are skipped, and the reason is printed.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';

/** Returns why the tests cannot run here, or `null`. @throws Error for a missing tool that is required */
export function missingPeers(tools: readonly string[]): string | null {
  const required = (process.env.WINZE_REQUIRE_PEERS ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const missing = tools.filter((tool) => spawnSync('/bin/sh', ['-c', `command -v ${tool}`]).status !== 0);
  const reasons = missing.length > 0 ? [`not installed: ${missing.join(', ')}`] : [];
  if (process.getuid?.() !== 0) reasons.push('network namespaces need root');
  if (reasons.length === 0) return null;
  const reason = reasons.join('; ');
  const wanted = missing.filter((tool) => required.includes(tool));
  if (wanted.length > 0) throw new Error(`WINZE_REQUIRE_PEERS names ${wanted.join(', ')}, and it is missing`);
  if (required.length > 0 && missing.length === 0) throw new Error(`WINZE_REQUIRE_PEERS is set, but ${reason}`);
  console.warn(`skipped: ${reason}`);
  return reason;
}
