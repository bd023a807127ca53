/**
 * Opens a file for secrets: only its owner can read what is written to it.
 *
 * | what is at the path                                | what is done |
 * | -------------------------------------------------- | ------------ |
 * | nothing                                            | a file is created, mode 0600 |
 * | a file of this user                                | removed and created again: a process that has it open, or another name of it, sees nothing |
 * | a pipe of this user                                | gets mode 0600, and is written to |
 * | a device (`/dev/null`), a pipe of root             | written to |
 * | `/dev/stdout`, `/dev/stderr`, `/dev/fd/N`          | the descriptor of this process is written to; a file gets mode 0600 |
 * | `NUL` and other devices, on Windows                | written to |
 * | a symbolic link, or a file or pipe of another user | refused |
 *
 * @module
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, unlink } from 'node:fs/promises';
import process from 'node:process';
import { NetError, systemCodeOf } from '../../core/errors.ts';
import { windowsDevice } from './windows-names.ts';
import { openWriteEnd } from './write-end.ts';

const OWNER_ALONE = 0o600;
const ROOT = 0;
/** Not defined on Windows, which has no owners and modes of this kind either. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/** Links of the kernel to descriptors that are open already: chosen by whoever started this process. */
const GIVEN = /^\/(?:dev\/(?:stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/** The path to open for a device or an open descriptor, which is written to as it is; `null` for any other path. */
export function givenPath(path: string, platform: string = process.platform): string | null {
  if (platform === 'win32') return windowsDevice(path);
  return GIVEN.test(path) ? path : null;
}

/**
 * Opens a file to write secrets to, empty.
 *
 * @throws NetError `ERR_OUTPUT` for what is refused (see the table above); an error of the system
 */
export async function openPrivateFile(path: string): Promise<FileHandle> {
  const given = givenPath(path);
  if (given !== null) return openGiven(given);
  const found = await unlessMissing(lstat(path));
  if (found === null) return create(path);
  if (found.isSymbolicLink()) throw refusal('is a symbolic link; name the file itself');
  if (!isTrusted(found)) throw refusal(`belongs to another user (${found.uid}); name another file`);
  if (!found.isFile()) return openSpecial(path);
  await unlink(path);
  return create(path);
}

/** Fails if a file was created at the path since it was checked. */
async function create(path: string): Promise<FileHandle> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | NO_FOLLOW, OWNER_ALONE);
  // A umask may have removed bits.
  return whenOpen(file, () => file.chmod(OWNER_ALONE));
}

async function openSpecial(path: string): Promise<FileHandle> {
  const file = await openWriteEnd(path, NO_FOLLOW);
  return whenOpen(file, async () => {
    const stats = await file.stat();
    if (stats.isFile() || !isTrusted(stats)) throw refusal('was replaced while it was opened');
    if (stats.isFIFO() && isOwn(stats)) await file.chmod(OWNER_ALONE);
  });
}

async function openGiven(path: string): Promise<FileHandle> {
  const file = await open(path, 'w');
  return whenOpen(file, async () => {
    if ((await file.stat()).isFile()) await file.chmod(OWNER_ALONE);
  });
}

async function whenOpen(file: FileHandle, check: () => Promise<void>): Promise<FileHandle> {
  try {
    await check();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The result of stat(2) or lstat(2); `null` if the file does not exist. Rejects with other errors. */
export async function unlessMissing(asked: Promise<Stats>): Promise<Stats | null> {
  try {
    return await asked;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Root can read everything in any case, so its pipes and devices are accepted. A file of root is not replaced. */
function isTrusted(stats: Stats): boolean {
  return isOwn(stats) || (stats.uid === ROOT && !stats.isFile());
}

function isOwn({ uid }: Stats): boolean {
  const user = process.geteuid?.();
  return user === undefined || uid === user;
}

function refusal(what: string): NetError {
  return new NetError('ERR_OUTPUT', `it ${what}`);
}
