/**
 * Opens what is at a path to write to it, without ever waiting for somebody to read it.
 *
 * open(2) of a pipe with a name, to write, returns when a reader opens it. Until then a thread of the process is blocked,
 * and with it the end of the process: no signal but the last is heeded. With O_NONBLOCK it is ENXIO at once.
 *
 * @module
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { NetError, systemCodeOf } from '../../core/errors.ts';

const { O_WRONLY } = constants;
/** Not there on Windows, which has no pipes at paths of files. */
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

/**
 * Opens for writing.
 *
 * @param flags - beside O_WRONLY, as of open(2)
 * @throws NetError `ERR_OUTPUT` for a folder, or a pipe that nobody reads; an error of the system
 */
export async function openWriteEnd(path: string, flags = 0): Promise<FileHandle> {
  const first = await open(path, O_WRONLY | O_NONBLOCK | flags).catch((error: unknown) => {
    if (systemCodeOf(error) === 'EISDIR') throw folderError(error);
    if (systemCodeOf(error) !== 'ENXIO') throw error;
    throw new NetError('ERR_OUTPUT', 'it is a pipe that nobody reads; start its reader first', { cause: error });
  });
  try {
    const stats = await first.stat();
    // Windows opens one to append to it, which there means to make folders in it.
    if (stats.isDirectory()) throw folderError();
    if (!stats.isFIFO()) return first;
  } catch (error) {
    await first.close();
    throw error;
  }
  // To be written to it must block: a write of more than the pipe holds would otherwise be EAGAIN. The first end keeps
  // the reader from seeing an end in between.
  return open(path, O_WRONLY | flags).finally(() => first.close());
}

/** What is thrown for a path that is a folder. */
export function folderError(cause?: unknown): NetError {
  return new NetError('ERR_OUTPUT', 'it is a folder; name a file in it', { cause });
}
