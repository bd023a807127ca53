/**
 * Finds the path of a program of the system.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';
import process from 'node:process';

/** The environment of the search; tests replace it. */
export interface ProgramPlaces {
  readonly platform: string;
  readonly path: string;
  readonly execPath: string;
  readonly exists: (path: string) => boolean;
}

/**
 * Returns the name itself; on Windows, the full path. Windows would search for a bare name in the current folder first
 * (libuv does the same as CreateProcess), which may contain files of somebody else, for example an unpacked archive.
 *
 * @returns the first candidate if the program is not found, so that starting it fails with ENOENT
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
