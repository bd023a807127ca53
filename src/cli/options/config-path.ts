/**
 * Names of tunnels on the command line: a device, or the file that configures it.
 *
 * @module
 */
import path, { type PlatformPath } from 'node:path';
import { quoted } from '../../core/printable.ts';
import { usage } from './usage.ts';

const CONFIG_FOLDER = '/etc/wireguard';
/** What Linux allows (`dev_valid_name`, `sysctl_dev_name_is_allowed`) and wg-quick(8) wants. */
const DEVICE_NAME = /^(?!(?:\.|\.\.|all|default)$)[a-zA-Z0-9_=+.-]{1,15}$/;

/**
 * A word without a slash that does not end in `.conf` is the name of a file in /etc/wireguard; on Windows, which has no
 * such folder, it is a path like all others.
 */
export function configPath(word: string, { sep }: PlatformPath = path): string {
  return sep === '/' && DEVICE_NAME.test(word) && !word.endsWith('.conf') ? `${CONFIG_FOLDER}/${word}.conf` : word;
}

/** The name of the device that a word stands for: itself, or the name of the file without `.conf`. @throws NetError `ERR_USAGE` */
export function deviceOf(word: string): string {
  const device = deviceNameOf(word);
  if (device !== null) return device;
  const message = `${quoted(word)}: the name of the file is that of the device: 1 to 15 of letters, digits and _=+.-, then .conf`;
  throw usage(message);
}

/** A word that is a device itself. @throws NetError `ERR_USAGE` */
export function deviceWord(word: string): string {
  if (DEVICE_NAME.test(word)) return word;
  throw usage(`${quoted(word)} cannot be the name of a device: 1 to 15 of letters, digits and _=+.-`);
}

/** The same; `null` where the file has another name. */
export function deviceNameOf(word: string, paths: PlatformPath = path): string | null {
  const file = configPath(word, paths);
  // What ends in a separator is a folder.
  const name = /[\\/]$/.test(file) ? '' : paths.basename(file);
  const device = name.replace(/\.conf$/, '');
  return name !== device && DEVICE_NAME.test(device) ? device : null;
}
