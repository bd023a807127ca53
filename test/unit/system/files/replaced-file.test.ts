import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReplacedFile, removeUnfinished } from '../../../../src/system/files/replaced-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'winze-replaced-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const textOf = (name: string): string => readFileSync(at(name), 'utf8');
const onPosix = process.platform !== 'win32';
const ROOT = join(import.meta.dirname, '../../../..');
const OWN_MOUNTS = ['--user', '--map-root-user', '--mount'];
const canMount =
  existsSync(join(ROOT, 'dist/system/files/replaced-file.js')) &&
  spawnSync('unshare', [...OWN_MOUNTS, 'true']).status === 0;
if (!canMount) console.warn('skipped: a mount of its own needs unshare, a user namespace and dist');

async function replace(name: string, text: string): Promise<void> {
  const file = await openReplacedFile(at(name));
  await file.write(text);
  await file.commit();
}

describe('openReplacedFile()', () => {
  test('replaces the file when the new one is complete, and leaves no temporary file', async () => {
    writeFileSync(at('f'), 'before');
    const file = await openReplacedFile(at('f'));
    await file.write('af');
    await file.write('ter');
    expect(textOf('f')).toBe('before');
    await file.commit();
    expect([textOf('f'), readdirSync(folder)]).toEqual(['after', ['f']]);
  });

  test('creates a missing file, and none if it is discarded', async () => {
    await replace('new', 'text');
    expect(textOf('new')).toBe('text');
    const given = await openReplacedFile(at('other'));
    await given.write('half');
    await given.discard();
    expect(readdirSync(folder)).toEqual(['new']);
  });

  test('keeps the old file if the new one is discarded, or the process is killed', async () => {
    writeFileSync(at('f'), 'before');
    const given = await openReplacedFile(at('f'));
    await given.write('half');
    await given.discard();
    expect([textOf('f'), readdirSync(folder)]).toEqual(['before', ['f']]);
    await (await openReplacedFile(at('f'))).write('half');
    removeUnfinished();
    expect([textOf('f'), readdirSync(folder)]).toEqual(['before', ['f']]);
  });

  test.skipIf(!onPosix)('keeps the mode, and the owner where the system lets it', async () => {
    writeFileSync(at('f'), 'before');
    chmodSync(at('f'), 0o640);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) execFileSync('chown', ['12345:23456', at('f')]);
    await replace('f', 'after');
    const { mode, uid, gid } = statSync(at('f'));
    expect([mode & 0o777, textOf('f')]).toEqual([0o640, 'after']);
    if (isRoot) expect([uid, gid]).toEqual([12345, 23456]);
  });

  test.skipIf(!onPosix)('follows a symbolic link, which stays, to an existing or missing file', async () => {
    mkdirSync(at('far'));
    writeFileSync(at('far/f'), 'before');
    symlinkSync('far/f', at('link'));
    symlinkSync('far/new', at('dangling'));
    await replace('link', 'after');
    await replace('dangling', 'made');
    expect([textOf('far/f'), textOf('far/new')]).toEqual(['after', 'made']);
    expect(['link', 'dangling'].map((name) => lstatSync(at(name)).isSymbolicLink())).toEqual([true, true]);
    expect(readdirSync(at('far'))).toEqual(['f', 'new']);
  });

  test.skipIf(!onPosix)('writes directly to a file with two hard links, at the first write', async () => {
    writeFileSync(at('f'), 'before, and long');
    linkSync(at('f'), at('twin'));
    const given = await openReplacedFile(at('f'));
    await given.discard();
    expect(textOf('twin')).toBe('before, and long');
    await replace('f', 'after');
    expect([textOf('twin'), statSync(at('f')).nlink]).toEqual(['after', 2]);
  });

  test.skipIf(!onPosix)('writes into a pipe', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    // More than a pipe holds, so that it has to wait for its reader.
    const text = 'through'.repeat(50_000);
    const reader = await open(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    const file = await openReplacedFile(at('pipe'));
    const blocking = await open(at('pipe'), 'r');
    await reader.close();
    const [read] = await Promise.all([
      blocking.readFile('utf8'),
      (async () => {
        await file.write(text);
        await file.commit();
      })(),
    ]);
    expect(read).toBe(text);
    await blocking.close();
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  test.skipIf(!onPosix)('does not wait for a reader of a pipe', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    // Without this end, a fault would block a thread for ever, and the runner with it.
    let reader: FileHandle | undefined;
    const rescue = setTimeout(async () => {
      reader = await open(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    }, 2000);
    try {
      await expect(openReplacedFile(at('pipe'))).rejects.toMatchObject({
        code: 'ERR_OUTPUT',
        message: 'it is a pipe that nobody reads; start its reader first',
      });
    } finally {
      clearTimeout(rescue);
      await reader?.close();
    }
  });

  test.skipIf(!existsSync('/dev/null') || !onPosix)('writes to a device', async () => {
    const file = await openReplacedFile('/dev/null');
    await file.write('gone');
    await file.commit();
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  // A file that a container was given by itself is a mount, and so is this.
  test.skipIf(!canMount)('copies into a file that cannot be replaced, and leaves no temporary file', () => {
    writeFileSync(at('f'), 'before, and long');
    const module = pathToFileURL(join(ROOT, 'dist/system/files/replaced-file.js')).href;
    const script = `const file = await (await import('${module}')).openReplacedFile(process.argv[1]);
      await file.write('after'); await file.commit();`;
    const inside = 'mount --bind "$1" "$1" && exec "$0" --input-type=module -e "$2" "$1"';
    execFileSync('unshare', [...OWN_MOUNTS, 'sh', '-c', inside, process.execPath, at('f'), script]);
    expect([textOf('f'), readdirSync(folder)]).toEqual(['after', ['f']]);
  });

  test('names the missing folder, and refuses a folder as a file', async () => {
    await expect(openReplacedFile(at('no/f'))).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: `the folder ${at('no')} does not exist; make it first`,
    });
    await expect(openReplacedFile(folder)).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: 'it is a folder; name a file in it',
    });
  });

  test.skipIf(!onPosix || process.geteuid?.() === 0)('does not replace a file without write permission', async () => {
    writeFileSync(at('f'), 'before');
    chmodSync(at('f'), 0o444);
    await expect(openReplacedFile(at('f'))).rejects.toMatchObject({ code: 'EACCES' });
  });
});
