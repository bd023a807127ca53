import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
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

async function unusedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' ? address?.port : 0);
}

describe.skipIf(!built)('bin/winze.js', () => {
  test('prints its version and ends', () => {
    expect(winze('-v')).toEqual({ status: 0, stdout: `winze ${VERSION}\n`, stderr: '' });
  });

  test('prints with its version what a report of a fault needs', () => {
    const { status, stdout } = winze('-v', '--json');
    const koffi = JSON.parse(readFileSync(join(ROOT, 'node_modules/koffi/package.json'), 'utf8')) as {
      version: string;
    };
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      {
        tool: { name: 'winze', version: VERSION },
        engine: process.platform === 'linux' ? 'linux' : 'portable',
        koffi: koffi.version,
        node: process.version.slice(1),
        openssl: process.versions.openssl,
        platform: process.platform,
        arch: process.arch,
        kernel: spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout.trim(),
      },
    ]);
  });

  test('exits 2 on a usage error', () => {
    expect(winze('-c', 'h:1')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'winze: -c h:1: give the port by itself: h -port 1\n',
    });
  });

  test.each([
    ['before it connects', ['-c', '127.0.0.1']],
    ['before it listens', ['-s', '-port', '0', '-ip', '127.0.0.1']],
  ])('refuses a file that cannot be written %s', (_when, role) => {
    const { status, stderr } = winze(...role, '-o', join(ROOT, 'no/such/folder/out'));
    expect(status).toBe(5);
    expect(stderr).toMatch(
      /^winze: -o .*: cannot write the file: the folder .*\/no\/such\/folder does not exist; make it first\n$/,
    );
  });

  test('a run that fails leaves the file that is there, and a document where one was asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'winze-o-'));
    const [text, json] = [join(folder, 'f.txt'), join(folder, 'f.json')];
    writeFileSync(text, 'before');
    writeFileSync(json, 'before');
    const port = await unusedPort();
    expect(winze('-c', '127.0.0.1', '-port', port, '-q', '-o', text).status).toBe(3);
    const { status, stdout } = winze('-c', '127.0.0.1', '-port', port, '--json', '-o', join(folder, 'copy'));
    expect([status, JSON.parse(stdout).error.code]).toEqual([3, 'ERR_CONNECT']);
    expect(winze('-c', '127.0.0.1', '-port', port, '-o', json).status).toBe(3);
    expect(readFileSync(text, 'utf8')).toBe('before');
    expect(JSON.parse(readFileSync(json, 'utf8')).error.code).toBe('ERR_CONNECT');
    expect(readFileSync(join(folder, 'copy'), 'utf8')).toBe(stdout);
    expect(readdirSync(folder).sort()).toEqual(['copy', 'f.json', 'f.txt']);
    rmSync(folder, { recursive: true });
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
