/**
 * Writes a file that is there whole or not at all: beside the old one, then in its place.
 *
 * | what is at the path                         | what is done                                                      |
 * | ------------------------------------------- | ----------------------------------------------------------------- |
 * | nothing                                     | a file is made beside, and renamed when it is whole               |
 * | a file                                      | the same; the new one has its owner and its mode                  |
 * | a symbolic link to a file                   | the same where it leads; the link stays                           |
 * | a file with other names, or where no file can be made beside it with its owner | emptied by the first write, and written to |
 * | a file that stays where it is: open elsewhere on Windows, a mount | the new one is copied into it when it is whole            |
 * | a pipe that is read, a device (`NUL`), `/dev/stdout`, `/dev/fd/N` | written to                                             |
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats, unlinkSync } from 'node:fs';
import {
  access,
  chmod,
  copyFile,
  type FileHandle,
  lstat,
  open,
  readlink,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { NetError, systemCodeOf } from '../../core/errors.ts';
import { givenPath, unlessMissing } from './private-file.ts';
import { forbiddenInWindowsName } from './windows-names.ts';
import { folderError, openWriteEnd } from './write-end.ts';

/** A file that is being written. One of `commit` and `discard` ends it. */
export interface ReplacedFile {
  readonly write: (text: string) => Promise<void>;
  /** Puts what was written in place of what was there. */
  readonly commit: () => Promise<void>;
  /** Leaves what was there as it was, as far as it was not written to itself. */
  readonly discard: () => Promise<void>;
}

const MODE_BITS = 0o7777;
const OWNER_BITS = 0o600;
/** Files beside, to be removed if the process ends before they are whole. */
const unfinished = new Set<string>();

/** Removes what was not finished; for a process that is about to end by force. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path);
    } catch {
      // It is gone, or the folder is.
    }
  }
  unfinished.clear();
}

/**
 * Opens a file to be replaced.
 *
 * @param isSecret - leaves nobody but its owner in its mode
 * @throws NetError `ERR_OUTPUT` for a folder that is not there, a path that is a folder, or a pipe that nobody reads; an error of
 *   the system
 */
export async function openReplacedFile(path: string, isSecret = false): Promise<ReplacedFile> {
  const given = givenPath(path);
  if (given !== null) return written(await open(given, 'w'), false);
  const forbidden = process.platform === 'win32' ? forbiddenInWindowsName(path) : null;
  if (forbidden !== null) {
    throw new NetError('ERR_OUTPUT', `Windows has no names of files with ${forbidden}; leave it out`);
  }
  const found = await unlessMissing(stat(path));
  if (found?.isDirectory()) throw folderError();
  if (found !== null && !found.isFile()) return written(await openWriteEnd(path), false);
  const target = found === null ? await leadsTo(path) : await realpath(path);
  // rename(2) asks for leave to write to the folder, not to the file.
  if (found !== null) await access(target, constants.W_OK);
  return (await besideOf(target, found, isSecret)) ?? written(await openItself(target, isSecret), true);
}

/** A new file in the folder of `target`; `null` where that one itself has to be written to. */
async function besideOf(target: string, old: Stats | null, isSecret: boolean): Promise<ReplacedFile | null> {
  if (old !== null && old.nlink > 1) return null;
  const folder = dirname(target);
  const temporary = join(folder, `.winze-${randomBytes(6).toString('hex')}.tmp`);
  let file: FileHandle;
  try {
    file = await open(temporary, 'wx', isSecret ? OWNER_BITS : undefined);
  } catch (error) {
    if (old === null) throw cannotCreate(error, folder);
    return null;
  }
  unfinished.add(temporary);
  const discard = async (): Promise<void> => {
    await file.close();
    await unlink(temporary);
    unfinished.delete(temporary);
  };
  if (old !== null && !(await takesAfter(file, old, isSecret ? OWNER_BITS : MODE_BITS))) {
    await discard();
    return null;
  }
  return {
    write: async (text) => void (await file.appendFile(text)),
    commit: async () => {
      try {
        // Otherwise a file system may have the new name before the new octets.
        await file.sync();
        await replace(temporary, target, old !== null, isSecret);
      } catch (error) {
        await discard().catch(() => {});
        throw error;
      }
      unfinished.delete(temporary);
      await file.close();
      await syncFolder(folder);
    },
    discard,
  };
}

/** What is said of a file that stays where it is: by Windows while somebody has it open, by Linux of a mount. */
const STAYS = ['EPERM', 'EACCES', 'EBUSY'];

async function replace(temporary: string, target: string, isThere: boolean, isSecret: boolean): Promise<void> {
  try {
    return await rename(temporary, target);
  } catch (error) {
    if (!isThere || !STAYS.includes(systemCodeOf(error) ?? '')) throw error;
  }
  try {
    if (isSecret) await chmod(target, OWNER_BITS);
    await copyFile(temporary, target);
  } catch (error) {
    const why = `it can neither be replaced nor written to (${systemCodeOf(error)}); does another program have it open?`;
    throw new NetError('ERR_OUTPUT', why, { cause: error });
  }
  await unlink(temporary);
}

async function openItself(path: string, isSecret: boolean): Promise<FileHandle> {
  const file = await open(path, 'r+');
  if (isSecret) await file.chmod(OWNER_BITS);
  return file;
}

/** Gives a new file the owner and the mode of the old one. False if the system does not let it have them. */
async function takesAfter(file: FileHandle, old: Stats, modeBits: number): Promise<boolean> {
  if (process.platform === 'win32') return true;
  try {
    const { uid, gid } = await file.stat();
    if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid);
    // After chown(2), which takes the bits of set-user-id away.
    await file.chmod(old.mode & modeBits);
    return true;
  } catch {
    return false;
  }
}

/** Emptied by the first write: until then it is what it was. */
function written(file: FileHandle, emptyFirst: boolean): ReplacedFile {
  let isEmpty = !emptyFirst;
  return {
    write: async (text) => {
      if (!isEmpty) await file.truncate(0);
      isEmpty = true;
      await file.appendFile(text);
    },
    commit: async () => {
      // EINVAL: a pipe or a device has nothing to be synchronised.
      await file.sync().catch(() => {});
      await file.close();
    },
    discard: () => file.close(),
  };
}

/** Where a path leads at which there is no file: a symbolic link may lead to a file that is not there yet. */
async function leadsTo(path: string): Promise<string> {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  return isLink ? resolve(dirname(path), await readlink(path)) : path;
}

/** Why no file could be made in a folder, without the name of a file beside that the system's message may have. */
export function cannotCreate(error: unknown, folder: string): unknown {
  const where = folder === '.' ? 'this folder' : `the folder ${folder}`;
  switch (systemCodeOf(error)) {
    case 'ENOENT':
      return new NetError('ERR_OUTPUT', `${where} does not exist; make it first`, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new NetError('ERR_OUTPUT', `no file may be made in ${where}`, { cause: error });
    case 'EROFS':
      return new NetError('ERR_OUTPUT', `${where} is on a read-only file system`, { cause: error });
    default:
      return error;
  }
}

/** So that the new name outlasts a power failure. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is safe.
  }
}
