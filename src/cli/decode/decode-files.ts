/**
 * Decodes captures in turn, and prints the packets or the report of each.
 *
 * @module
 */
import { type Condition, parseFilter } from '../../capture/filter/parse-filter.ts';
import type { CapturePair } from '../../capture/join/capture-pair.ts';
import type { DecodeAsRules } from '../../capture/ports/decode-as-rules.ts';
import { parseDecodeAs } from '../../capture/ports/parse-decode-as.ts';
import { parseIp } from '../../core/address.ts';
import { type NetError, usageError } from '../../core/errors.ts';
import { printable, quoted } from '../../core/printable.ts';
import { quicCrypto } from '../../crypto/quic-crypto.ts';
import type { CaptureView } from '../../report/decode/capture-view.ts';
import { joinOutput } from '../../report/decode/join-text.ts';
import { createPacketView, type PacketViewOptions } from '../../report/decode/packet-view.ts';
import { type ReportOptions, ReportView } from '../../report/decode/report-view.ts';
import { faultText, type PacketSource } from '../../run/decode/decode-capture.ts';
import { decodeInTurn } from '../../run/decode/decode-in-turn.ts';
import { DecryptionKeys, type DecryptionSettings } from '../../run/decode/decryption-keys.ts';
import type { EmbeddedKeys } from '../../run/decode/sinks/inner-file.ts';
import type { NamedSource } from '../../run/decode/sources/key-files.ts';
import { StopReading } from '../../run/decode/sources/stop-reading.ts';
import { configPath } from '../../run/tunnel/config-path.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { stopOnSignal } from '../stop.ts';
import { createMessages } from '../terminal/messages.ts';
import { openOutput } from '../terminal/output.ts';

/** Options of `winze decode` and `winze capture`, by the names that commander gives them. */
export interface DecodeOptions extends ReportOptions {
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
  readonly embedKeys?: EmbeddedKeys;
  /** Threads that decrypt messages, including the main thread. */
  readonly threads?: number;
}

/** Longest message about a filter. It lists what could stand there. */
const PROBLEM_COLUMNS = 500;

/** The packets of a capture file. @param path - `-` for standard input */
export function fileSource(path: string, deps: CliDeps): PacketSource {
  return { name: path, isLive: false, read: (...reading) => deps.readCapture(path, ...reading) };
}

/**
 * Decodes captures in the order given, and prints each.
 *
 * @throws NetError when a capture cannot be opened, or the output cannot be written
 */
export async function decodeSources(
  sources: readonly PacketSource[],
  options: DecodeOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const condition = readFilter(options.filter);
  const decodeAs = readDecodeAs(options.decodeAs);
  refuseContradictions(options);
  const isLive = sources.some((source) => source.isLive);
  const keys = await DecryptionKeys.open(decryptionWishes(options, isLive), deps, createMessages(deps, {}).say);
  const abort = new AbortController();
  const output = await openOutput(deps, {}, () => abort.abort(new StopReading()));
  let interrupted = false;
  const stop = stopOnSignal(deps, () => {
    interrupted = true;
    abort.abort(new StopReading());
  });
  let code: ExitCode = EXIT.ok;
  let pair: CapturePair | null = null;
  let innerFailure: NetError | null = null;
  try {
    pair = await decodeInTurn<CaptureView>(sources, {
      condition,
      decodeAs,
      count: options.count ?? Number.POSITIVE_INFINITY,
      keys,
      signal: abort.signal,
      isCompared: !isLive && !options.packets,
      createSink: ({ name }, reader, recogniser) =>
        options.packets
          ? createPacketView(packetOptions(options), output)
          : new ReportView(options, output, { name, reader, recogniser, decodeAs }),
      onDecoded: ({ name }, { sink, reader, decryption }) => {
        sink.printEnd({ decryption });
        const fault = faultText(reader);
        if (fault === null) return;
        deps.stderr.write(`winze: ${quoted(name)}: ${quoted(fault)}\n`);
        code = EXIT.partial;
      },
    });
  } finally {
    stop.dispose();
    innerFailure = await keys.finish();
  }
  if (pair !== null) output.write(joinOutput(pair, options, output.columns));
  const failure = (await output.finish()) ?? innerFailure;
  if (failure !== null) throw failure;
  return interrupted && !isLive ? EXIT.partial : code;
}

function packetOptions({ verbose, hex, utc }: DecodeOptions): PacketViewOptions {
  const utcOffsetS = utc ? () => 0 : (seconds: number) => -60 * new Date(seconds * 1000).getTimezoneOffset();
  return { verbose: verbose === true, hex: hex === true, utcOffsetS, quicCrypto };
}

function refuseContradictions(options: DecodeOptions): void {
  for (const name of ['verbose', 'hex', 'utc'] as const) {
    if (options[name] && !options.packets) throw usageError(`--${name} needs --packets`);
  }
  const isJson = options.json === true || options.jsonStream === true;
  if (isJson && options.packets) throw usageError('--packets is text: leave out --json and --json-stream');
  if (options.json && options.jsonStream) throw usageError('--json or --json-stream, not both');
  if (options.embedKeys !== undefined && options.write === undefined) throw usageError('--embed-keys needs --write');
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

function decryptionWishes(options: DecodeOptions, isLive: boolean): DecryptionSettings {
  const named = (field: string, words: readonly string[] = []): NamedSource[] => words.map((text) => ({ field, text }));
  const { keys, conf, psk, write, embedKeys, threads } = options;
  return {
    keyLogs: named('--keys', keys),
    configs: named(
      '--conf',
      conf?.map((word) => configPath(word)),
    ),
    presharedKeys: named('--psk', psk),
    innerFile: write === undefined ? null : { field: '--write', path: write, embedded: embedKeys ?? 'none' },
    threads: threads ?? null,
    isLive,
  };
}
