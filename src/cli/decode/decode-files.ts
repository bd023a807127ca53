/**
 * Decodes captures in turn, and prints the packets or the report of each.
 *
 * @module
 */
import type { CapturePair } from '../../capture/join/capture-pair.ts';
import type { NetError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { quicCrypto } from '../../crypto/quic-crypto.ts';
import { type DecodeOptions, decodeSettings } from '../../options/decode-settings.ts';
import type { CaptureView } from '../../report/decode/capture-view.ts';
import { joinOutput } from '../../report/decode/join-text.ts';
import { createPacketView, type PacketViewOptions } from '../../report/decode/packet-view.ts';
import { ReportView } from '../../report/decode/report-view.ts';
import { faultText, type PacketSource } from '../../run/decode/decode-capture.ts';
import { decodeInTurn } from '../../run/decode/decode-in-turn.ts';
import { DecryptionKeys, type DecryptionSettings } from '../../run/decode/decryption-keys.ts';
import type { NamedSource } from '../../run/decode/sources/key-files.ts';
import { StopReading } from '../../run/decode/sources/stop-reading.ts';
import { configPath } from '../../run/tunnel/config-path.ts';
import { isoTime } from '../../run/wall.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { stopOnSignal } from '../stop.ts';
import { createMessages } from '../terminal/messages.ts';
import { openOutput } from '../terminal/output.ts';

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
  const { condition, decodeAs } = decodeSettings(options);
  const isLive = sources.some((source) => source.isLive);
  const keys = await DecryptionKeys.open(decryptionWishes(options, isLive), deps, createMessages(deps, {}).say);
  const abort = new AbortController();
  const output = await openOutput(deps, htmlOnly(options), () => abort.abort(new StopReading()));
  const now = (): string => isoTime(deps.wallTime());
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
          : new ReportView({ ...options, now }, output, { name, reader, recogniser, decodeAs }),
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
  if (pair !== null) output.write(joinOutput(pair, { ...options, now }, output.columns));
  const joined = pair === null || options.html === undefined ? '' : joinOutput(pair, { json: true, now }, undefined);
  if (joined !== '') output.document(joined);
  const failure = (await output.finish()) ?? innerFailure;
  if (failure !== null) throw failure;
  return interrupted && !isLive ? EXIT.partial : code;
}

/** The one option of the option table that these programs have. */
function htmlOnly({ html }: DecodeOptions): { readonly html?: string } {
  return html === undefined ? {} : { html };
}

function packetOptions({ verbose, hex, utc }: DecodeOptions): PacketViewOptions {
  const utcOffsetS = utc ? () => 0 : (seconds: number) => -60 * new Date(seconds * 1000).getTimezoneOffset();
  return { verbose: verbose === true, hex: hex === true, utcOffsetS, quicCrypto };
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
