/**
 * What the configuration file of a command says.
 *
 * @module
 */
import { messageOf } from '../../core/errors.ts';
import { readConfigOctets } from '../../tunnel/config/from-octets.ts';
import { MAX_CONFIG_CHARACTERS, type ParsedConfig } from '../../tunnel/config/parse.ts';
import type { CliDeps } from '../deps.ts';
import { configPath } from '../options/config-path.ts';
import { usage } from '../options/usage.ts';

export interface ConfigFile {
  readonly path: string;
  readonly mode: number | null;
  readonly parsed: ParsedConfig;
}

/** One more than is read as a configuration, which then says what is wrong. */
const MOST_OCTETS = MAX_CONFIG_CHARACTERS + 1;

/** @throws NetError `ERR_USAGE` when it cannot be read */
export async function readConfigFile(deps: CliDeps, word: string): Promise<ConfigFile> {
  const path = configPath(word);
  const { bytes, mode } = await deps.readFile(path, MOST_OCTETS).catch((error: unknown) => {
    throw usage(`cannot read the configuration: ${messageOf(error)}`, { cause: error });
  });
  return { path, mode, parsed: readAndZero(bytes) };
}

/** The configuration that standard input holds. */
export async function readConfigStdin(deps: CliDeps): Promise<ConfigFile> {
  return { path: '<stdin>', mode: null, parsed: readAndZero(await deps.readStdin(MOST_OCTETS)) };
}

function readAndZero(bytes: Uint8Array): ParsedConfig {
  const parsed = readConfigOctets(bytes);
  bytes.fill(0);
  return parsed;
}
