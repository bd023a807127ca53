/**
 * Names that are special on Windows.
 *
 * @see "Naming Files, Paths, and Namespaces" of Microsoft's documentation of the Win32 API
 * @module
 */
import { win32 } from 'node:path';

/** Names of devices, in any folder and in any case. */
const DEVICE = /^(?:nul|con|prn|aux|com[1-9]|lpt[1-9])$/i;
const DEVICE_PATH = /^[\\/]{2}\.[\\/]/;
/** Includes the colon, which names a stream of a file (NTFS): a rename cannot create one. */
const FORBIDDEN = '<>:"|?*';

/**
 * The device that a path refers to, such as `NUL`, `C:\logs
 * ul` and `\\.\NUL`; `null` for a file. Node passes paths to the system in a form in which devices have no names (`\\?\C:\logs
 * ul`): it would create a file that few programs can remove.
 */
export function windowsDevice(path: string): string | null {
  if (DEVICE_PATH.test(path)) return path;
  const name = win32.basename(path);
  return DEVICE.test(name) ? `\\\\.\\${name}` : null;
}

/** The first character in the name of a file that Windows does not allow; `null` if there is none. */
export function forbiddenInWindowsName(path: string): string | null {
  const name = win32.basename(path);
  return [...name].find((character) => FORBIDDEN.includes(character) || character < ' ') ?? null;
}
