import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writePidFile } from '../../../../../src/run/tunnel/up/announce.ts';
import { undoAction } from '../../../../../src/run/tunnel/up/undo-action.ts';

describe('pid file', () => {
  const nobody = { close: async () => {}, saveConfig: async () => {} };
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wz-pid-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('replaces a stale file, and is removed', async () => {
    const path = join(folder, 'pid');
    writeFileSync(path, '1\n');
    const text = writePidFile(path);
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    await undoAction({ tag: 'remove-file', path, text }, nobody);
    expect(() => lstatSync(path)).toThrow('ENOENT');
  });

  test('is recognised by its first line, also after the guardian has changed', async () => {
    const path = join(folder, 'pid');
    const text = writePidFile(path);
    writeFileSync(path, `${text}2\n`);
    await undoAction({ tag: 'remove-file', path, text }, nobody);
    expect(() => lstatSync(path)).toThrow('ENOENT');
  });

  test('of another process is not removed', async () => {
    const path = join(folder, 'pid');
    const text = writePidFile(path);
    writeFileSync(path, '1\n');
    await undoAction({ tag: 'remove-file', path, text }, nobody);
    expect(readFileSync(path, 'utf8')).toBe('1\n');
  });

  test('does not replace special files such as /dev/null and /dev/stdout', () => {
    const link = join(folder, 'link');
    symlinkSync('/dev/null', link);
    expect(() => writePidFile(link)).toThrow(/--pid-file: cannot write \S+link: it is no ordinary file/);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const inner = join(folder, 'folder');
    mkdirSync(inner);
    expect(() => writePidFile(inner)).toThrow(/it is a folder/);
  });

  test.each(['PRECIOUS\n', '12 apples\n', `${'1'.repeat(65)}\n`])(
    'does not replace a file that holds %j',
    (content) => {
      const path = join(folder, 'important.txt');
      writeFileSync(path, content);
      expect(() => writePidFile(path)).toThrow(
        /--pid-file: cannot write \S+: it holds more than the number of a process/,
      );
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(readdirSync(folder)).toEqual(['important.txt']);
    },
  );

  test.runIf(process.geteuid?.() === 0)('does not replace a file of another user', () => {
    const path = join(folder, 'pid');
    writeFileSync(path, '1\n');
    chownSync(path, 65_534, 65_534);
    expect(() => writePidFile(path)).toThrow(/it belongs to another user/);
    expect(readFileSync(path, 'utf8')).toBe('1\n');
  });

  test('writes through no link that waits under its temporary name', () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'PRECIOUS\n');
    symlinkSync(other, join(folder, `pid.${process.pid}`));
    expect(() => writePidFile(join(folder, 'pid'))).toThrow(/EEXIST/);
    expect(readFileSync(other, 'utf8')).toBe('PRECIOUS\n');
  });

  test('that was written over by others is not removed', async () => {
    const path = join(folder, 'pid');
    const text = writePidFile(path);
    writeFileSync(path, `${text}PRECIOUS\n`);
    await undoAction({ tag: 'remove-file', path, text }, nobody);
    expect(readFileSync(path, 'utf8')).toBe(`${text}PRECIOUS\n`);
  });

  test('in a missing folder gets no advice about the kernel', () => {
    expect(() => writePidFile(join(folder, 'none', 'pid'))).toThrow(/ENOENT(?!.*kernel)/);
  });
});
