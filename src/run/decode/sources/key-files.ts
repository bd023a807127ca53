/**
 * Reads the keys that the user names: key logs, configurations, preshared keys.
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

/** What the user wrote, and where: messages name the option, or the field. */
export interface NamedSource {
  /** `--keys`, or `key_logs[0]`. */
  readonly field: string;
  readonly text: string;
}

export interface KeySources {
  /** Paths of key logs. */
  readonly keyLogs: readonly NamedSource[];
  /** Paths of configurations of wg-quick(8). */
  readonly configs: readonly NamedSource[];
  /** Preshared keys, or paths of files with them. */
  readonly presharedKeys: readonly NamedSource[];
}

export interface KeyFiles {
  readonly logs: readonly KeyLogFile[];
  readonly amnezia: readonly AmneziaParameters[];
}

/** Where keys go, and what is to be said of their files. */
export interface KeyReading {
  readonly ring: KeyRing;
  readonly ports: Pick<DecodePorts, 'readFile'>;
  readonly onNotice: (message: string) => void;
  /** A key log may be empty: its keys come with the handshakes. */
  readonly isLive: boolean;
}

const MAX_PSK_CHARACTERS = 64 * 1024;
const OPEN_TO_OTHERS = 0o077;
/** Complaints that are shown of one file. */
const MAX_SHOWN = 5;

/**
 * Reads all keys into a ring. There is a notice of each line that cannot be read; a file without any key is refused.
 *
 * @returns the key logs, and how the configurations disguise what they are of
 * @throws NetError `ERR_USAGE`
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

/** @returns the disguise of the tunnel; `null`: it has none */
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
    onNotice(`warning: ${quoted(path)} is open to other users of this host; chmod 600 mends it`);
  }
  const text = isUtf16(bytes) ? null : new TextDecoder().decode(bytes);
  bytes.fill(0);
  if (text === null) throw refusal(source, `${UTF_16_WORDS}; ${UTF_16_FIX}`);
  return text;
}

function unreadable(source: NamedSource, cause: unknown): NetError {
  // A key that was mistyped is not to be repeated in a message: it may be most of a secret.
  if (/psk|preshared/.test(source.field) && /^[A-Za-z0-9+/=]{30,}$/.test(source.text)) {
    return new NetError('ERR_USAGE', `${source.field}: neither a key nor a file that can be read`);
  }
  return refusal(source, `cannot read it: ${messageOf(cause)}`, { cause });
}

/** There is a notice of each thing that is wrong, up to a few. */
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
