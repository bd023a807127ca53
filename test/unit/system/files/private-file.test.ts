import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { givenPath, openPrivateFile } from '../../../../src/system/files/private-file.ts';

const SECRET = 'not for others\n';
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let folder: string;
const at = (name: string): string => join(folder, name);
const modeOf = (path: string): number => statSync(path).mode & 0o777;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function put(path: string, text = SECRET): Promise<void> {
  const file = await openPrivateFile(path);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

describe.skipIf(process.platform === 'win32')('openPrivateFile()', () => {
  test.each([0o022, 0o777, 0])('creates a file with mode 0600 for any umask (%o)', async (mask) => {
    const before = process.umask(mask);
    await put(at('new')).finally(() => process.umask(before));
    expect([modeOf(at('new')), readFileSync(at('new'), 'utf8')]).toEqual([0o600, SECRET]);
  });

  test.each([0o644, 0o666, 0o640, 0o400])(
    'a file of mode %o becomes one of 0600, with nothing of before',
    async (mode) => {
      writeFileSync(at('old'), 'much more text than the secret has, which must be gone\n');
      chmodSync(at('old'), mode);
      await put(at('old'));
      expect([modeOf(at('old')), readFileSync(at('old'), 'utf8')]).toEqual([0o600, SECRET]);
    },
  );

  test('a process that has the file open, or another name of it, sees nothing', async () => {
    writeFileSync(at('old'), 'before');
    linkSync(at('old'), at('other-name'));
    const reader = openSync(at('old'), 'r');
    await put(at('old'));
    const seen = Buffer.alloc(100);
    const length = readSync(reader, seen, 0, 100, 0);
    closeSync(reader);
    expect(seen.toString('utf8', 0, length)).toBe('before');
    expect(readFileSync(at('other-name'), 'utf8')).toBe('before');
    expect(modeOf(at('old'))).toBe(0o600);
  });

  test('a symbolic link is refused, and its target is not changed', async () => {
    writeFileSync(at('target'), 'before');
    chmodSync(at('target'), 0o644);
    symlinkSync(at('target'), at('link'));
    symlinkSync(at('nothing'), at('dangling'));
    await expect(put(at('link'))).rejects.toThrow('symbolic link');
    await expect(put(at('dangling'))).rejects.toThrow('symbolic link');
    expect([readFileSync(at('target'), 'utf8'), modeOf(at('target'))]).toEqual(['before', 0o644]);
    expect(() => lstatSync(at('nothing'))).toThrow('ENOENT');
  });

  test.skipIf(!isRoot)('a file of another user is refused (needs root, to give files away)', async () => {
    writeFileSync(at('theirs'), 'before');
    chownSync(at('theirs'), NOBODY, NOBODY);
    spawnSync('mkfifo', [at('pipe')]);
    chownSync(at('pipe'), NOBODY, NOBODY);
    for (const name of ['theirs', 'pipe']) {
      await expect(put(at(name))).rejects.toThrow(`belongs to another user (${NOBODY}); name another file`);
    }
    expect(readFileSync(at('theirs'), 'utf8')).toBe('before');
  });

  test('a pipe of this user is written to, with mode 0600', async () => {
    expect(spawnSync('mkfifo', ['-m', '0644', at('pipe')]).status).toBe(0);
    const reader = openSync(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    await put(at('pipe'));
    const seen = Buffer.alloc(100);
    const length = readSync(reader, seen, 0, 100, null);
    closeSync(reader);
    expect([seen.toString('utf8', 0, length), modeOf(at('pipe'))]).toEqual([SECRET, 0o600]);
  });

  test('a pipe without a reader is refused without waiting', async () => {
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    let reader: number | undefined;
    // Frees the thread that a fault would block for ever.
    const rescue = setTimeout(() => {
      reader = openSync(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    }, 2000);
    try {
      await expect(openPrivateFile(at('pipe'))).rejects.toThrow('it is a pipe that nobody reads');
    } finally {
      clearTimeout(rescue);
      if (reader !== undefined) closeSync(reader);
    }
  });

  test('/dev/null is not changed', async () => {
    const before = modeOf('/dev/null');
    await put('/dev/null');
    expect(modeOf('/dev/null')).toBe(before);
  });

  test('a folder, and a file in a missing folder, fail with the error of the system', async () => {
    await expect(put(folder)).rejects.toThrow('it is a folder; name a file in it');
    await expect(put(at('none/file'))).rejects.toThrow('ENOENT');
  });

  test.skipIf(process.platform !== 'linux')(
    'what this process was given open is written to, and a file of it becomes 0600',
    async () => {
      writeFileSync(at('given'), 'before');
      chmodSync(at('given'), 0o644);
      const given = openSync(at('given'), 'r+');
      await put(`/dev/fd/${given}`);
      closeSync(given);
      expect([modeOf(at('given')), readFileSync(at('given'), 'utf8')]).toEqual([0o600, SECRET]);
    },
  );
});

test('devices and open descriptors are written to, by their names on each system', () => {
  const paths = ['/dev/stdout', '/dev/fd/3', 'NUL', 'result'];
  expect(paths.map((path) => givenPath(path, 'linux'))).toEqual(['/dev/stdout', '/dev/fd/3', null, null]);
  expect(paths.map((path) => givenPath(path, 'win32'))).toEqual([null, null, '\\\\.\\NUL', null]);
});
