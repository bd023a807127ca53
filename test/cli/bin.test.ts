import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'bin/winze.js');
const built = existsSync(join(ROOT, 'dist/bundle/winze.js'));
if (!built) console.warn('skipped: bin/winze.js needs dist; run npm run build');

function winze(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', timeout: 15_000 });
  return { status, stdout, stderr };
}

describe.skipIf(!built)('bin/winze.js', () => {
  test('prints its version and ends', () => {
    expect(winze('-v')).toEqual({ status: 0, stdout: `winze ${VERSION}\n`, stderr: '' });
  });

  test('exits 2 on a usage error', () => {
    expect(winze('-c', 'h:1')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'winze: -c h:1: give the port by itself: h -port 1\n',
    });
  });

  test('refuses a file that cannot be written before it connects', () => {
    const { status, stderr } = winze('-c', '127.0.0.1', '-o', join(ROOT, 'no/such/folder/out'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^winze: -o .*: cannot open the file: ENOENT.*\n$/);
  });

  // /dev/full takes nothing: what a full disk looks like.
  test.skipIf(!existsSync('/dev/full'))(
    'says so when its output cannot be written, and ends when it is not read',
    () => {
      const shell = (line: string) => {
        const run = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', timeout: 15_000 });
        return [run.status, run.stderr];
      };
      const [status, stderr] = shell(`"${process.execPath}" "${BIN}" --help > /dev/full`);
      expect([status, stderr]).toEqual([5, expect.stringMatching(/^winze: cannot write standard output: ENOSPC.*\n$/)]);
      expect(shell(`"${process.execPath}" "${BIN}" --help | true`)).toEqual([0, '']);
    },
  );
});
