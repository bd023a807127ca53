/**
 * A tunnel on the command line: the name of its device, or the path of its configuration file.
 *
 * @module
 */

import path, { type PlatformPath } from 'node:path';
import { usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';

/** Where wg-quick(8) looks for configuration files. */
const CONFIG_FOLDER = '/etc/wireguard';
/** Names that Linux (`dev_valid_name`, `sysctl_dev_name_is_allowed`) and wg-quick(8) accept. */
const DEVICE_NAME = /^(?!(?:\.|\.\.|all|default)$)[a-zA-Z0-9_=+.-]{1,15}$/;

/**
 * The path of the configuration file. A word without a slash that does not end in `.conf` is the name of a file in
 * /etc/wireguard. Windows has no such folder: there every word is a path.
 */
export function configPath(word: string, { sep }: PlatformPath = path): string {
  return sep === '/' && DEVICE_NAME.test(word) && !word.endsWith('.conf') ? `${CONFIG_FOLDER}/${word}.conf` : word;
}

/** The name of the device: the word itself, or the name of the file without `.conf`. @throws NetError `ERR_USAGE` */
export function deviceOf(word: string): string {
  const device = deviceNameOf(word);
  if (device !== null) return device;
  const message = `${quoted(word)}: the name of the file is that of the device: 1 to 15 of letters, digits and _=+.-, then .conf`;
  throw usageError(message);
}

/** Checks a word that has to be the name of a device. @throws NetError `ERR_USAGE` */
export function deviceWord(word: string): string {
  if (DEVICE_NAME.test(word)) return word;
  throw usageError(`${quoted(word)} cannot be the name of a device: 1 to 15 of letters, digits and _=+.-`);
}

/** Like {@link deviceOf}, but `null` if the name of the file is not that of a device. */
export function deviceNameOf(word: string, paths: PlatformPath = path): string | null {
  const file = configPath(word, paths);
  // A path that ends in a separator is a folder.
  const name = /[\\/]$/.test(file) ? '' : paths.basename(file);
  const device = name.replace(/\.conf$/, '');
  return name !== device && DEVICE_NAME.test(device) ? device : null;
}
