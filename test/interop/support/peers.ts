/**
 * Whether the tools that a test needs are there.
 *
 * `WINZE_REQUIRE_PEERS` (names, separated by spaces or commas) is set by whoever installed them: then
 * one that is missing is a failure. Otherwise the tests are skipped, and the reason is printed.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { kernelOf } from '../../vm/support/kernel.mjs';
import { missingForMachines } from '../../vm/support/machine.mjs';

/**
 * A program, or with `npm:` before it a package that winze finds beside itself; `kernel`: all that a machine needs, and
 * `kernel:newest` that kernel, too.
 */
function isThere(tool: string): boolean {
  if (tool === 'kernel') return missingForMachines().length === 0;
  if (tool === 'kernel:newest') return isThere('kernel') && hasNewestKernel();
  const name = /^npm:(.+)$/.exec(tool)?.[1];
  if (name === undefined) return spawnSync('/bin/sh', ['-c', `command -v ${tool}`]).status === 0;
  return spawnSync(process.execPath, ['-e', `require('${name}')`], { cwd: import.meta.dirname }).status === 0;
}

/**
 * Returns why the tests of network namespaces cannot run here, or `null`.
 *
 * @throws Error for a missing tool that is required
 */
export function missingPeers(tools: readonly string[]): string | null {
  return missingTools(tools, process.getuid?.() === 0 ? [] : ['network namespaces need root']);
}

/**
 * Returns why tests cannot run here, or `null`.
 *
 * @param others - reasons besides tools
 * @throws Error for a missing tool that is required
 */
export function missingTools(tools: readonly string[], others: readonly string[] = []): string | null {
  const required = (process.env.WINZE_REQUIRE_PEERS ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const missing = tools.filter((tool) => !isThere(tool));
  const reasons = [...(missing.length > 0 ? [`not installed: ${missing.join(', ')}`] : []), ...others];
  if (reasons.length === 0) return null;
  const reason = reasons.join('; ');
  const wanted = missing.filter((tool) => required.includes(tool));
  if (wanted.length > 0) throw new Error(`WINZE_REQUIRE_PEERS names ${wanted.join(', ')}, and it is missing`);
  if (required.length > 0 && missing.length === 0) throw new Error(`WINZE_REQUIRE_PEERS is set, but ${reason}`);
  console.warn(`skipped: ${reason}`);
  return reason;
}

function hasNewestKernel(): boolean {
  try {
    kernelOf('newest');
    return true;
  } catch (error) {
    console.warn(error instanceof Error ? error.message : error);
    return false;
  }
}
