/**
 * Options of `winze decode` and `winze capture`: which packets are shown, and which options contradict each other.
 *
 * @module
 */
import { type Condition, parseFilter } from '../capture/filter/parse-filter.ts';
import type { DecodeAsRules } from '../capture/ports/decode-as-rules.ts';
import { parseDecodeAs } from '../capture/ports/parse-decode-as.ts';
import { parseIp } from '../core/address.ts';
import { usageError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';

/** The options, by the names that commander gives them. */
export interface DecodeOptions {
  readonly json?: true;
  readonly jsonStream?: true;
  /** The file of the report with charts. */
  readonly html?: string;
  readonly packets?: true;
  readonly verbose?: true;
  readonly hex?: true;
  readonly utc?: true;
  readonly count?: number;
  readonly filter?: string;
  readonly decodeAs?: readonly string[];
  /** Key logs, or files of private keys. */
  readonly keys?: readonly string[];
  /** Configuration files of wg-quick(8), or names of files in /etc/wireguard. */
  readonly conf?: readonly string[];
  /** Preshared keys, or files that have them. */
  readonly psk?: readonly string[];
  /** The pcapng file to which decrypted packets are written. */
  readonly write?: string;
  readonly embedKeys?: 'session' | 'all';
  /** Threads that decrypt messages, including the main thread. */
  readonly threads?: number;
}

/** Which packets are shown, and how they are decoded. */
export interface DecodeSettings {
  /** `null` without a filter. */
  readonly condition: Condition | null;
  readonly decodeAs: DecodeAsRules;
}

/** Longest message about a filter. It lists what could stand there. */
const PROBLEM_COLUMNS = 500;

/** Parses the filter and the rules of `--decode-as`, and checks the options. @throws NetError `ERR_USAGE` */
export function decodeSettings(options: DecodeOptions): DecodeSettings {
  const settings = { condition: readFilter(options.filter), decodeAs: readDecodeAs(options.decodeAs) };
  refuseContradictions(options);
  return settings;
}

function readFilter(text: string | undefined): Condition | null {
  if (text === undefined) return null;
  const parsed = parseFilter(text, (word) => parseIp(word)?.octets);
  if (!parsed.ok) throw usageError(`--filter: ${printable(parsed.problem, PROBLEM_COLUMNS)}`);
  return parsed.condition;
}

function readDecodeAs(words: readonly string[] = []): DecodeAsRules {
  const parsed = parseDecodeAs(words);
  if (!parsed.ok) throw usageError(`--decode-as ${parsed.problem}`);
  return parsed.rules;
}

function refuseContradictions(options: DecodeOptions): void {
  for (const name of ['verbose', 'hex', 'utc'] as const) {
    if (options[name] && !options.packets) throw usageError(`--${name} needs --packets`);
  }
  const isJson = options.json === true || options.jsonStream === true;
  if (isJson && options.packets) throw usageError('--packets is text: leave out --json and --json-stream');
  if (options.html !== undefined && options.packets) throw usageError('--html is of the report: leave out --packets');
  if (options.json && options.jsonStream) throw usageError('--json or --json-stream, not both');
  if (options.embedKeys !== undefined && options.write === undefined) throw usageError('--embed-keys needs --write');
}
