/**
 * Where a program of the system is.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';
import process from 'node:process';

/** What decides it. */
export interface ProgramPlaces {
  readonly platform: string;
  readonly path: string;
  readonly execPath: string;
  readonly exists: (path: string) => boolean;
}

/**
 * The name itself; on Windows, its path. There a name alone is looked for in the current folder first (libuv does it as
 * CreateProcess does), where a stranger's archive may have been unpacked.
 *
 * @returns where it would have to be, if it is nowhere: starting that is ENOENT
 */
export function programPath(name: string, places: ProgramPlaces = ownPlaces()): string {
  if (places.platform !== 'win32') return name;
  const folders = [win32.dirname(places.execPath), ...places.path.split(';')].filter((folder) =>
    win32.isAbsolute(folder),
  );
  const candidates = folders.map((folder) => win32.join(folder, `${name}.exe`));
  return candidates.find(places.exists) ?? candidates[0] ?? name;
}

function ownPlaces(): ProgramPlaces {
  const { platform, env, execPath } = process;
  return { platform, path: env.PATH ?? '', execPath, exists: existsSync };
}
