/**
 * The configuration file of a command: where it is, and what it says.
 *
 * @module
 */
import { messageOf } from '../../core/errors.ts';
import { MAX_CONFIG_CHARACTERS, type ParsedConfig, parseTunnelConfig } from '../../tunnel/config/parse.ts';
import type { CliDeps } from '../deps.ts';
import { quoted, usage } from '../usage.ts';

export interface ConfigFile {
  readonly path: string;
  readonly mode: number | null;
  readonly parsed: ParsedConfig;
}

const CONFIG_FOLDER = '/etc/wireguard';
/** What Linux allows and wg-quick(8) wants. */
const DEVICE_NAME = /^[a-zA-Z0-9_=+.-]{1,15}$/;

/** A word without a slash that does not end in `.conf` is the name of a file in /etc/wireguard. */
export function configPath(word: string): string {
  return DEVICE_NAME.test(word) && !word.endsWith('.conf') ? `${CONFIG_FOLDER}/${word}.conf` : word;
}

/** The name of the device that a word stands for: itself, or the name of the file without `.conf`. @throws NetError `ERR_USAGE` */
export function deviceOf(word: string): string {
  const device = deviceNameOf(word);
  if (device !== null) return device;
  const message = `${quoted(word)}: the name of the file is that of the device: 1 to 15 of letters, digits and _=+.-, then .conf`;
  throw usage(message);
}

/** The same; `null` where the file has another name. */
export function deviceNameOf(word: string): string | null {
  const name = configPath(word).replace(/^.*\//, '');
  const device = name.replace(/\.conf$/, '');
  return name !== device && DEVICE_NAME.test(device) ? device : null;
}

/** @throws NetError `ERR_USAGE` when it cannot be read */
export async function readConfigFile(deps: CliDeps, word: string): Promise<ConfigFile> {
  const path = configPath(word);
  // One more than is read as a configuration, which then says what is wrong.
  const { bytes, mode } = await deps.readFile(path, MAX_CONFIG_CHARACTERS + 1).catch((error: unknown) => {
    throw usage(`cannot read the configuration: ${messageOf(error)}`, { cause: error });
  });
  const text = new TextDecoder().decode(bytes);
  bytes.fill(0);
  return { path, mode, parsed: parseTunnelConfig(text) };
}
