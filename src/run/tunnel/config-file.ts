/**
 * Reads and checks the configuration file of a tunnel.
 *
 * @module
 */
import { messageOf, NetError, systemCodeOf, usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { checkTunnelConfig } from '../../tunnel/config/check/check.ts';
import type { CheckFacts } from '../../tunnel/config/check/facts.ts';
import { type ConfigFinding, sortFindings } from '../../tunnel/config/check/finding.ts';
import { readConfigOctets } from '../../tunnel/config/from-octets.ts';
import { MAX_CONFIG_CHARACTERS, type ParsedConfig } from '../../tunnel/config/parse.ts';
import type { DecodePorts } from '../decode/decode-ports.ts';
import type { readCheckFacts } from './check-facts.ts';
import { configPath } from './config-path.ts';

/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string;
  /** Permission bits; `null` for standard input, and on systems without them. */
  readonly mode: number | null;
  readonly parsed: ParsedConfig;
}

/** One more than a configuration may have, so that the parser sees that it is too long. */
const MOST_OCTETS = MAX_CONFIG_CHARACTERS + 1;

/** Reads the configuration file of a device or path. @throws NetError if it cannot be read */
export async function readConfigFile(word: string, readFile: DecodePorts['readFile']): Promise<ConfigFile> {
  const path = configPath(word);
  const { bytes, mode } = await readFile(path, MOST_OCTETS).catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  return { path, mode, parsed: readAndZero(bytes) };
}

/** Reads a configuration from standard input. */
export async function readConfigStdin(readStdin: (limit: number) => Promise<Uint8Array>): Promise<ConfigFile> {
  return { path: '<stdin>', mode: null, parsed: readAndZero(await readStdin(MOST_OCTETS)) };
}

/**
 * Findings about syntax and meaning of a configuration file, in the order of lines.
 *
 * @param device - name of the device; `null` if the name of the file does not give one
 * @param checkFacts - reads what the host adds to the check
 * @param more - facts besides the file and the networks of this host
 */
export async function configFindings(
  { path, mode, parsed }: ConfigFile,
  device: string | null,
  checkFacts: typeof readCheckFacts,
  more: CheckFacts = {},
): Promise<readonly ConfigFinding[]> {
  const facts = {
    ...(mode !== null && { file: { path, mode } }),
    ...(await checkFacts(parsed.config, device)),
    ...more,
  };
  return sortFindings([...parsed.problems, ...checkTunnelConfig(parsed, facts)]);
}

/** Parses the octets, then overwrites them, because they hold a private key. */
function readAndZero(bytes: Uint8Array): ParsedConfig {
  const parsed = readConfigOctets(bytes);
  bytes.fill(0);
  return parsed;
}

function cannotRead(path: string, cause: unknown): NetError {
  const name = quoted(path);
  switch (systemCodeOf(cause)) {
    case 'ENOENT':
      return usageError(`cannot open ${name}: there is no such file`, { cause });
    case 'EISDIR':
      return usageError(`cannot read ${name}: it is a directory; name a file in it`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new NetError('ERR_UNSUPPORTED', `cannot open ${name}: permission denied; run as root`, { cause });
    default:
      return usageError(`cannot read ${name}: ${messageOf(cause)}`, { cause });
  }
}
