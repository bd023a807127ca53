/**
 * Opens a path for writing without waiting for a reader.
 *
 * open(2) of a named pipe for writing returns only when a reader opens it. Until then a thread of the process is
 * blocked, and the process cannot end: it reacts to no signal but SIGKILL. With O_NONBLOCK the call fails with ENXIO
 * immediately.
 *
 * @module
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { NetError, systemCodeOf } from '../../core/errors.ts';

const { O_WRONLY } = constants;
/** Not defined on Windows, which has no named pipes at paths of files. */
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

/**
 * Opens an existing file, pipe or device for writing.
 *
 * @param flags - of open(2), in addition to O_WRONLY
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
    // Windows can open a folder for appending, which means creating folders in it.
    if (stats.isDirectory()) throw folderError();
    if (!stats.isFIFO()) return first;
  } catch (error) {
    await first.close();
    throw error;
  }
  // Writing needs a blocking descriptor: otherwise a write larger than the pipe's buffer would fail with EAGAIN. The
  // first descriptor stays open meanwhile, so that the reader does not see the end of the stream.
  return open(path, O_WRONLY | flags).finally(() => first.close());
}

/** The error for a path that is a folder. */
export function folderError(cause?: unknown): NetError {
  return new NetError('ERR_OUTPUT', 'it is a folder; name a file in it', { cause });
}
