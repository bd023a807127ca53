/**
 * What Windows makes of the name of a file.
 *
 * @see "Naming Files, Paths, and Namespaces" of Microsoft's documentation of the Win32 API
 * @module
 */
import { win32 } from 'node:path';

/** In any folder, and with any case. */
const DEVICE = /^(?:nul|con|prn|aux|com[1-9]|lpt[1-9])$/i;
const DEVICE_PATH = /^[\\/]{2}\.[\\/]/;
/** A colon names a stream of a file, which a rename does not make. */
const FORBIDDEN = '<>:"|?*';

/**
 * The device that a path leads to, as of `NUL`, `C:\logs\nul` and `\\.\NUL`; `null` for a file. Node gives the system paths
 * in a form in which devices have no names (`\\?\C:\logs\nul`): it would make a file that few programs can remove.
 */
export function windowsDevice(path: string): string | null {
  if (DEVICE_PATH.test(path)) return path;
  const name = win32.basename(path);
  return DEVICE.test(name) ? `\\\\.\\${name}` : null;
}

/** What in the name of a file Windows does not allow; `null` if nothing is. */
export function forbiddenInWindowsName(path: string): string | null {
  const name = win32.basename(path);
  return [...name].find((character) => FORBIDDEN.includes(character) || character < ' ') ?? null;
}
