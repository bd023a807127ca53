/**
 * Reads the files with the user's keys: key logs, configurations, preshared keys.
 *
 * @module
 */
import type { AmneziaParameters } from '../../../capture/amnezia/parameters.ts';
import { readAmneziaParameters } from '../../../capture/amnezia/read-parameters.ts';
import { readConfKeys } from '../../../capture/keys/files/read-conf-keys.ts';
import { type KeyProblem, MAX_KEY_LOG_CHARACTERS, readKeyLog } from '../../../capture/keys/files/read-key-log.ts';
import type { KeyRing } from '../../../capture/keys/key-ring.ts';
import { messageOf, NetError } from '../../../core/errors.ts';
import { quoted } from '../../../core/printable.ts';
import { isUtf16, UTF_16_FIX, UTF_16_WORDS } from '../../../core/utf16.ts';
import { MAX_CONFIG_CHARACTERS, parseTunnelConfig } from '../../../tunnel/config/parse.ts';
import { parseKey } from '../../../tunnel/keys.ts';
import type { DecodePorts } from '../decode-ports.ts';
import type { KeyLogFile } from './growing-key-logs.ts';

/** The value of an option or field, with its name for error messages. */
export interface NamedSource {
  /** As in `--keys` or `key_logs[0]`. */
  readonly field: string;
  readonly text: string;
}

/** Where the user's keys are. */
export interface KeySources {
  /** Paths of key logs. */
  readonly keyLogs: readonly NamedSource[];
  /** Paths of wg-quick(8) configurations. */
  readonly configs: readonly NamedSource[];
  /** Preshared keys, or paths of files with them. */
  readonly presharedKeys: readonly NamedSource[];
}

/** What was read from key files, besides the keys. */
export interface KeyFiles {
  /** The key logs, which may grow. */
  readonly logs: readonly KeyLogFile[];
  /** Parameters of AmneziaWG, of each configuration that has them. */
  readonly amnezia: readonly AmneziaParameters[];
}

/** What reading key files needs. */
export interface KeyReading {
  /** Receives the keys. */
  readonly ring: KeyRing;
  readonly ports: Pick<DecodePorts, 'readFile'>;
  /** Is called with a line for each problem. */
  readonly onNotice: (message: string) => void;
  /** Whether a key log may be empty, because its keys follow during a live capture. */
  readonly isLive: boolean;
}

const MAX_PSK_CHARACTERS = 64 * 1024;
/** Permission bits of group and others. */
const OPEN_TO_OTHERS = 0o077;
/** Problems that are shown for one file. */
const MAX_SHOWN = 5;

/**
 * Reads all keys into a ring. `onNotice` is called for lines that cannot be read.
 *
 * @throws NetError `ERR_USAGE` if a file cannot be read, or has no key
 */
export async function readKeyFiles(sources: KeySources, reading: KeyReading): Promise<KeyFiles> {
  const logs: KeyLogFile[] = [];
  for (const source of sources.keyLogs) logs.push(await readLog(source, reading));
  const amnezia: AmneziaParameters[] = [];
  for (const source of sources.configs) {
    const parameters = await readConfig(source, reading);
    if (parameters !== null) amnezia.push(parameters);
  }
  for (const source of sources.presharedKeys) await readPreshared(source, reading);
  return { logs, amnezia };
}

async function readLog(source: NamedSource, reading: KeyReading): Promise<KeyLogFile> {
  const text = await readText(source, MAX_KEY_LOG_CHARACTERS, reading);
  const { keys, problems } = readKeyLog(text, reading.ring);
  if (keys === 0 && !(reading.isLive && problems.length === 0)) {
    throw refusal(source, problems[0] ? place(problems[0]) : 'it is empty');
  }
  tellProblems(source, problems, reading);
  return { path: source.text, text };
}

/** @returns the AmneziaWG parameters of the tunnel; `null` if it has none */
async function readConfig(source: NamedSource, reading: KeyReading): Promise<AmneziaParameters | null> {
  const text = await readText(source, MAX_CONFIG_CHARACTERS, reading);
  const parsed = parseTunnelConfig(text);
  const { parameters, problems: obscure, lines } = readAmneziaParameters(text, parsed);
  const problems = [...readConfKeys(text, parsed, reading.ring, lines), ...obscure];
  const { interface: own, peers } = parsed.config;
  if (parameters === null && own.privateKey === null && peers.length === 0) {
    throw refusal(source, problems[0] ? place(problems[0]) : 'no keys in it');
  }
  tellProblems(source, problems, reading);
  return parameters;
}

async function readPreshared(source: NamedSource, reading: KeyReading): Promise<void> {
  const typed = parseKey(source.text);
  if (typed.ok) {
    reading.ring.addPreshared(typed.key, null);
    return;
  }
  const rows = (await readText(source, MAX_PSK_CHARACTERS, reading)).split(/\r?\n/);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]?.trim() ?? '';
    if (row === '' || row.startsWith('#')) continue;
    const parsed = parseKey(row);
    if (!parsed.ok) throw refusal(source, place({ line: i + 1, message: parsed.reason }));
    reading.ring.addPreshared(parsed.key, null);
  }
}

async function readText(source: NamedSource, limit: number, { ports, onNotice }: KeyReading): Promise<string> {
  const path = source.text;
  const { bytes, mode } = await ports.readFile(path, limit + 1).catch((error: unknown) => {
    throw unreadable(source, error);
  });
  if (mode !== null && (mode & OPEN_TO_OTHERS) !== 0) {
    onNotice(`warning: ${quoted(path)} can be read by other users of this host; run chmod 600`);
  }
  const text = isUtf16(bytes) ? null : new TextDecoder().decode(bytes);
  bytes.fill(0);
  if (text === null) throw refusal(source, `${UTF_16_WORDS}; ${UTF_16_FIX}`);
  return text;
}

function unreadable(source: NamedSource, cause: unknown): NetError {
  // A mistyped key must not appear in a message, since it may contain most of a secret.
  if (/psk|preshared/.test(source.field) && /^[A-Za-z0-9+/=]{30,}$/.test(source.text)) {
    return new NetError('ERR_USAGE', `${source.field}: neither a key nor a file that can be read`);
  }
  return refusal(source, `cannot read it: ${messageOf(cause)}`, { cause });
}

/** Shows the problems of a file, at most `MAX_SHOWN`. */
function tellProblems({ text: path }: NamedSource, problems: readonly KeyProblem[], { onNotice }: KeyReading): void {
  for (const problem of problems.slice(0, MAX_SHOWN)) onNotice(`${quoted(path)}: ${place(problem)}`);
  if (problems.length > MAX_SHOWN) onNotice(`${quoted(path)}: ${problems.length - MAX_SHOWN} problems more`);
}

function refusal({ field, text }: NamedSource, reason: string, options?: { readonly cause: unknown }): NetError {
  return new NetError('ERR_USAGE', `${field} ${quoted(text)}: ${reason}`, options);
}

function place({ line, message }: KeyProblem): string {
  return line > 0 ? `line ${line}: ${message}` : message;
}
