/**
 * Opens the files of results.
 *
 * @module
 */
import { constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { givenPath } from '../../system/files/private-file.ts';
import { cannotCreate, openReplacedFile } from '../../system/files/replaced-file.ts';
import { openWriteEnd } from '../../system/files/write-end.ts';
import type { OutputKind, ResultFile } from './streams.ts';

/** Opens a file in the file system of this host. Rejects with the error of the system. */
export async function openResultFile(path: string, kind: OutputKind): Promise<ResultFile> {
  if (kind !== 'log') return openReplacedFile(path, kind === 'secret');
  const file = await openWriteEnd(givenPath(path) ?? path, constants.O_APPEND | constants.O_CREAT).catch(
    (error: unknown) => {
      throw lstatSync(path, { throwIfNoEntry: false }) ? error : cannotCreate(error, dirname(path));
    },
  );
  const close = (): Promise<void> => file.close();
  return { write: async (text) => void (await file.appendFile(text)), commit: close, discard: close };
}
