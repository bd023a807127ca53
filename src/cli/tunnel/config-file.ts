/**
 * Reads the configuration file of a command.
 *
 * @module
 */
import { messageOf } from '../../core/errors.ts';
import { readConfigOctets } from '../../tunnel/config/from-octets.ts';
import { MAX_CONFIG_CHARACTERS, type ParsedConfig } from '../../tunnel/config/parse.ts';
import type { CliDeps } from '../deps.ts';
import { configPath } from '../options/config-path.ts';
import { usage } from '../options/usage.ts';

/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string;
  /** Permission bits; `null` for standard input, and on systems without them. */
  readonly mode: number | null;
  readonly parsed: ParsedConfig;
}

/** One more than a configuration may have, so that the parser sees that it is too long. */
const MOST_OCTETS = MAX_CONFIG_CHARACTERS + 1;

/** Reads the configuration file of a device or path. @throws NetError `ERR_USAGE` if it cannot be read */
export async function readConfigFile(deps: CliDeps, word: string): Promise<ConfigFile> {
  const path = configPath(word);
  const { bytes, mode } = await deps.readFile(path, MOST_OCTETS).catch((error: unknown) => {
    throw usage(`cannot read the configuration: ${messageOf(error)}`, { cause: error });
  });
  return { path, mode, parsed: readAndZero(bytes) };
}

/** Reads a configuration from standard input. */
export async function readConfigStdin(deps: CliDeps): Promise<ConfigFile> {
  return { path: '<stdin>', mode: null, parsed: readAndZero(await deps.readStdin(MOST_OCTETS)) };
}

/** Parses the octets, then overwrites them, because they hold a private key. */
function readAndZero(bytes: Uint8Array): ParsedConfig {
  const parsed = readConfigOctets(bytes);
  bytes.fill(0);
  return parsed;
}
