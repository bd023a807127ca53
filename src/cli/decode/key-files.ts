/**
 * Reads the keys that the command line names: key logs, configurations, preshared keys.
 *
 * @module
 */
import type { AmneziaParameters } from '../../capture/amnezia/parameters.ts';
import { readAmneziaParameters } from '../../capture/amnezia/read-parameters.ts';
import type { KeyRing } from '../../capture/keys/key-ring.ts';
import { readConfKeys } from '../../capture/keys/read-conf-keys.ts';
import { type KeyProblem, MAX_KEY_LOG_CHARACTERS, readKeyLog } from '../../capture/keys/read-key-log.ts';
import { messageOf } from '../../core/errors.ts';
import { MAX_CONFIG_CHARACTERS, parseTunnelConfig } from '../../tunnel/config/parse.ts';
import { parseKey } from '../../tunnel/keys.ts';
import type { CliDeps } from '../deps.ts';
import { configPath } from '../tunnel/config-file.ts';
import { quoted, usage } from '../usage.ts';
import type { KeyLogFile } from './growing-key-logs.ts';

export interface KeyOptions {
  /** Key logs. */
  readonly keys?: readonly string[];
  /** Configurations of wg-quick(8), or names of such. */
  readonly conf?: readonly string[];
  /** Preshared keys, or files of them. */
  readonly psk?: readonly string[];
}

export interface KeyFiles {
  readonly logs: readonly KeyLogFile[];
  readonly amnezia: readonly AmneziaParameters[];
}

const MAX_PSK_CHARACTERS = 64 * 1024;
const OPEN_TO_OTHERS = 0o077;
/** Complaints that are shown of one file. */
const MAX_SHOWN = 5;

/**
 * Reads all keys into a ring. What cannot be read is said line by line; a file without any key is refused.
 *
 * @param isLive - a key log may be empty: its keys come with the handshakes
 * @returns the key logs, and how the configurations disguise what they are of
 * @throws NetError `ERR_USAGE`
 */
export async function readKeyFiles(
  options: KeyOptions,
  ring: KeyRing,
  deps: CliDeps,
  say: (message: string) => void,
  isLive: boolean,
): Promise<KeyFiles> {
  const amnezia: AmneziaParameters[] = [];
  const logs: KeyLogFile[] = [];
  for (const path of options.keys ?? []) {
    const text = await readText(path, '--keys', MAX_KEY_LOG_CHARACTERS, deps, say);
    const { keys, problems } = readKeyLog(text, ring);
    if (keys === 0 && !(isLive && problems.length === 0)) {
      throw usage(`--keys ${quoted(path)}: ${problems[0] ? place(problems[0]) : 'it is empty'}`);
    }
    sayProblems(path, problems, say);
    logs.push({ path, text });
  }
  for (const word of options.conf ?? []) {
    const path = configPath(word);
    const text = await readText(path, '--conf', MAX_CONFIG_CHARACTERS, deps, say);
    const parsed = parseTunnelConfig(text);
    const { parameters, problems: obscure, lines } = readAmneziaParameters(text, parsed);
    const problems = [...readConfKeys(text, parsed, ring, lines), ...obscure];
    if (parameters !== null) amnezia.push(parameters);
    else if (parsed.config.interface.privateKey === null && parsed.config.peers.length === 0) {
      throw usage(`--conf ${quoted(path)}: ${problems[0] ? place(problems[0]) : 'no keys in it'}`);
    }
    sayProblems(path, problems, say);
  }
  for (const word of options.psk ?? []) await readPreshared(word, ring, deps, say);
  return { logs, amnezia };
}

/** A line for each thing that is wrong, up to a few. */
function sayProblems(name: string, problems: readonly KeyProblem[], say: (message: string) => void): void {
  for (const problem of problems.slice(0, MAX_SHOWN)) say(`${quoted(name)}: ${place(problem)}`);
  if (problems.length > MAX_SHOWN) say(`${quoted(name)}: ${problems.length - MAX_SHOWN} problems more`);
}

async function readPreshared(word: string, ring: KeyRing, deps: CliDeps, say: (message: string) => void) {
  const typed = parseKey(word);
  if (typed.ok) return void ring.addPreshared(typed.key, null);
  const text = await readText(word, '--psk', MAX_PSK_CHARACTERS, deps, say);
  const rows = text.split(/\r?\n/);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]?.trim() ?? '';
    if (row === '' || row.startsWith('#')) continue;
    const parsed = parseKey(row);
    if (!parsed.ok) throw usage(`--psk ${quoted(word)}: ${place({ line: i + 1, message: parsed.reason })}`);
    ring.addPreshared(parsed.key, null);
  }
}

async function readText(
  path: string,
  option: string,
  limit: number,
  deps: CliDeps,
  say: (message: string) => void,
): Promise<string> {
  const { bytes, mode } = await deps.readFile(path, limit + 1).catch((error: unknown) => {
    // A key that was mistyped is not to be repeated in a message: it may be most of a secret.
    const name = option === '--psk' && /^[A-Za-z0-9+/=]{30,}$/.test(path) ? '' : ` ${quoted(path)}`;
    const reason = name === '' ? 'neither a key nor a file that can be read' : `cannot read it: ${messageOf(error)}`;
    throw usage(`${option}${name}: ${reason}`, name === '' ? {} : { cause: error });
  });
  if (mode !== null && (mode & OPEN_TO_OTHERS) !== 0) {
    say(`warning: ${quoted(path)} is open to other users of this host; chmod 600 mends it`);
  }
  const text = new TextDecoder().decode(bytes);
  bytes.fill(0);
  return text;
}

function place({ line, message }: KeyProblem): string {
  return line > 0 ? `line ${line}: ${message}` : message;
}
