/**
 * Replaces a file atomically: the content is written to a temporary file beside the old one, which is renamed at the
 * end.
 *
 * | what is at the path                                                | what is done |
 * | ------------------------------------------------------------------ | ------------ |
 * | nothing                                                            | a temporary file is created in the folder, and renamed when it is complete |
 * | a file                                                             | the same; the new file gets the owner and the mode of the old one |
 * | a symbolic link to a file                                          | the same at the target of the link; the link stays |
 * | a file with several hard links                                     | truncated by the first write, and written to directly |
 * | a file in a folder where no file can be created with its owner     | the same |
 * | a file that cannot be replaced: open elsewhere on Windows, a mount | the new content is copied into it when it is complete |
 * | a pipe with a reader, a device (`NUL`), `/dev/stdout`, `/dev/fd/N` | written to |
 *
 * @module
 */
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

/** A file that is being written. It ends with either `commit` or `discard`. */
export interface ReplacedFile {
  readonly write: (text: string) => Promise<void>;
  /** Replaces the old file by the new content. */
  readonly commit: () => Promise<void>;
  /** Removes the new content. The old file is unchanged, unless it was written to directly. */
  readonly discard: () => Promise<void>;
}

const MODE_BITS = 0o7777;
const OWNER_BITS = 0o600;
/** Temporary files, to be removed if the process ends before they are complete. */
const unfinished = new Set<string>();

/** Removes the temporary files of this process; called before it is ended by force. Never throws. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path);
    } catch {
      // The file or its folder does not exist any more.
    }
  }
  unfinished.clear();
}

/**
 * Opens a file to be replaced.
 *
 * @param isSecret - gives the new file a mode for its owner alone
 * @throws NetError `ERR_OUTPUT` for a missing folder, a path that is a folder, or a pipe without a reader; an error of
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
  // rename(2) checks the permission to write to the folder, not to the file.
  if (found !== null) await access(target, constants.W_OK);
  return (await besideOf(target, found, isSecret)) ?? written(await openItself(target, isSecret), true);
}

/** Creates the temporary file in the folder of `target`; `null` where `target` has to be written to directly. */
async function besideOf(target: string, old: Stats | null, isSecret: boolean): Promise<ReplacedFile | null> {
  if (old !== null && old.nlink > 1) return null;
  const folder = dirname(target);
  // The global object: importing node:crypto would take milliseconds of every start.
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('hex');
  const temporary = join(folder, `.winze-${random}.tmp`);
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
        // Without this, a file system may store the new name before the new content.
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

/** Errors for a file that cannot be replaced: on Windows while another program has it open, on Linux for a mount. */
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

/** Gives the new file the owner and the mode of the old one. Returns false if the system refuses. */
async function takesAfter(file: FileHandle, old: Stats, modeBits: number): Promise<boolean> {
  if (process.platform === 'win32') return true;
  try {
    const { uid, gid } = await file.stat();
    if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid);
    // After chown(2), which clears the set-user-id bits.
    await file.chmod(old.mode & modeBits);
    return true;
  } catch {
    return false;
  }
}

/** A file that is written to directly. The first write truncates it; until then it is unchanged. */
function written(file: FileHandle, emptyFirst: boolean): ReplacedFile {
  let isEmpty = !emptyFirst;
  return {
    write: async (text) => {
      if (!isEmpty) await file.truncate(0);
      isEmpty = true;
      await file.appendFile(text);
    },
    commit: async () => {
      // EINVAL: a pipe or a device cannot be synchronised.
      await file.sync().catch(() => {});
      await file.close();
    },
    discard: () => file.close(),
  };
}

/** Resolves a path without a file: a symbolic link may point to a file that does not exist yet. */
async function leadsTo(path: string): Promise<string> {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  return isLink ? resolve(dirname(path), await readlink(path)) : path;
}

/**
 * The error for a folder in which no file can be created. The message of the system would contain the name of the
 * temporary file.
 */
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

/** Makes the new name survive a power failure. Not every system allows a folder to be opened. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The content of the file itself was synchronised.
  }
}
