/**
 * Decodes captures in turn, and prints the packets or the report of each.
 *
 * @module
 */
import { type Condition, parseFilter } from '../../capture/filter/parse-filter.ts';
import { CapturePair } from '../../capture/join/capture-pair.ts';
import type { DecodeAsRules } from '../../capture/ports/decode-as-rules.ts';
import { parseDecodeAs } from '../../capture/ports/parse-decode-as.ts';
import { parseIp } from '../../core/address.ts';
import type { NetError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { joinText } from '../../report/decode/join-text.ts';
import { atWidth } from '../../report/text/layout.ts';
import { decodeCapture, faultText, type PacketSource } from '../../run/decode/decode-capture.ts';
import { DecryptionKeys, type DecryptionWishes } from '../../run/decode/decryption-keys.ts';
import type { EmbeddedKeys } from '../../run/decode/sinks/inner-file.ts';
import type { NamedSource } from '../../run/decode/sources/key-files.ts';
import { StopReading } from '../../run/decode/sources/stop-reading.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { configPath } from '../options/config-path.ts';
import { usage } from '../options/usage.ts';
import { createMessages } from '../terminal/messages.ts';
import { type Output, openOutput } from '../terminal/output.ts';
import { createPacketView, type PacketViewOptions } from './packet-view.ts';
import { type ReportOptions, ReportView } from './report-view.ts';
import type { View } from './view.ts';

/** Options of `winze decode` and `winze capture`, by the names that commander gives them. */
export interface DecodeOptions extends ReportOptions, PacketViewOptions {
  readonly packets?: true;
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
  const pair = isLive || options.packets ? null : pairOf(sources);
  let interrupted = false;
  const removeListener = deps.onSignal((signal) => {
    // A second signal ends the program at once.
    if (interrupted) deps.kill(signal);
    interrupted = true;
    abort.abort(new StopReading());
  });
  let code: ExitCode = EXIT.ok;
  let innerFailure: NetError | null = null;
  try {
    for (const source of sources) {
      if (abort.signal.aborted) break;
      pair?.beginCapture();
      const { sink: view, ...decoded } = await decodeCapture<View>(source, {
        condition,
        decodeAs,
        count: options.count ?? Number.POSITIVE_INFINITY,
        keys,
        isOneOfSeveral: sources.length > 1,
        onWirePacket: pair?.add ?? null,
        signal: abort.signal,
        createSink: (reader, recogniser) =>
          options.packets
            ? createPacketView(options, output)
            : new ReportView(options, output, { name: source.name, reader, recogniser, decodeAs }),
      });
      view.printEnd(decoded);
      const fault = faultText(decoded.reader);
      if (fault === null) continue;
      deps.stderr.write(`winze: ${quoted(source.name)}: ${quoted(fault)}\n`);
      code = EXIT.partial;
    }
  } finally {
    removeListener();
    innerFailure = await keys.finish();
  }
  if (pair !== null) printPair(pair, options, output);
  const failure = (await output.finish()) ?? innerFailure;
  if (failure !== null) throw failure;
  return interrupted && !isLive ? EXIT.partial : code;
}

function refuseContradictions(options: DecodeOptions): void {
  for (const name of ['verbose', 'hex', 'utc'] as const) {
    if (options[name] && !options.packets) throw usage(`--${name} needs --packets`);
  }
  const isJson = options.json === true || options.jsonStream === true;
  if (isJson && options.packets) throw usage('--packets is text: leave out --json and --json-stream');
  if (options.json && options.jsonStream) throw usage('--json or --json-stream, not both');
  if (options.embedKeys !== undefined && options.write === undefined) throw usage('--embed-keys needs --write');
}

function readFilter(text: string | undefined): Condition | null {
  if (text === undefined) return null;
  const parsed = parseFilter(text, (word) => parseIp(word)?.octets);
  if (!parsed.ok) throw usage(`--filter: ${quoted(parsed.problem)}`);
  return parsed.condition;
}

function readDecodeAs(words: readonly string[] = []): DecodeAsRules {
  const parsed = parseDecodeAs(words);
  if (!parsed.ok) throw usage(`--decode-as ${parsed.problem}`);
  return parsed.rules;
}

function decryptionWishes(options: DecodeOptions, isLive: boolean): DecryptionWishes {
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

/** The comparison of two captures; `null` if there are more, or only one. */
function pairOf([first, second, ...others]: readonly PacketSource[]): CapturePair | null {
  return first && second && others.length === 0 ? new CapturePair(first.name, second.name) : null;
}

function printPair(pair: CapturePair, options: ReportOptions, output: Output): void {
  const join = pair.result();
  if (join === null) return;
  const [first, second] = pair.names;
  if (options.json) output.write(`${JSON.stringify(pair.document(join), null, 2)}\n`);
  else if (options.jsonStream) output.write(`${JSON.stringify({ event: 'join', data: pair.document(join) })}\n`);
  else output.write(atWidth(output.columns, () => `\n${joinText([quoted(first), quoted(second)], join)}`));
}
