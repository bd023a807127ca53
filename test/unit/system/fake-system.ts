import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SystemRoots } from '../../../src/system/files/kernel-files.ts';

/** Builds a tree of kernel files for one test and removes it afterwards. Keys: `proc/…`, `sys/…`, `run/…`. */
export function fakeSystem(files: Readonly<Record<string, string>>): SystemRoots {
  const root = mkdtempSync(join(tmpdir(), 'winze-system-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  return { proc: join(root, 'proc'), sys: join(root, 'sys'), run: join(root, 'run') };
}

/** Text of /proc/net/dev for these devices, all counters zero. */
export function procNetDev(...devices: readonly string[]): string {
  const head =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  return head + devices.map((name) => `${name.padStart(6)}: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`).join('');
}
