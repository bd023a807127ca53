import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** In a process of its own, which can be killed where the open blocks. */
test.skipIf(process.platform !== 'linux')(
  'a log that is a pipe which nobody reads is refused, and holds nobody',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'wz-log-'));
    try {
      const path = join(folder, 'pipe');
      spawnSync('mkfifo', [path]);
      const bin = new URL('../../bin/winze.js', import.meta.url).pathname;
      const argv = [bin, 'tunnel', 'device', '--daemon', '--log-file', path, 'wz-no-such'];
      const { status, stderr } = spawnSync(process.execPath, argv, {
        encoding: 'utf8',
        timeout: 10_000,
        killSignal: 'SIGKILL',
      });
      expect([status, stderr]).toEqual([5, `winze: --log-file: ${path} is a pipe that nobody reads\n`]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.skipIf(process.platform !== 'linux')('modes of what is no file are no advice to change them', () => {
  const bin = new URL('../../bin/winze.js', import.meta.url).pathname;
  const { stdout } = spawnSync(process.execPath, [bin, 'tunnel', 'check', '/dev/null'], { encoding: 'utf8' });
  expect(stdout).toMatch(/PrivateKey: missing/);
  expect(stdout).not.toMatch(/chmod/);
});
