/**
 * Reads captures, and prints their packets or a summary.
 *
 * @module
 */
import { Dissector } from '../../capture/dissect.ts';
import { CaptureReader } from '../../capture/file/capture-reader.ts';
import { matches } from '../../capture/filter/match-filter.ts';
import { type Condition, parseFilter } from '../../capture/filter/parse-filter.ts';
import type { LayerStack } from '../../capture/layer-stack.ts';
import { MAX_FLOWS, Recogniser } from '../../capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { parseIp } from '../../core/address.ts';
import type { NetError } from '../../core/errors.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Output, openOutput } from '../output.ts';
import { quoted, usage } from '../usage.ts';
import { Enough } from './enough.ts';
import { FileKeys } from './file-keys.ts';
import { FileJoin } from './join-files.ts';
import { DecodeKeys, type DecryptOptions } from './keys.ts';
import { PacketSteps } from './packet-steps.ts';
import { createPacketView } from './packet-view.ts';
import { type ReportOptions, ReportView } from './report-view.ts';

/** Where packets come from. */
export interface PacketSource {
  /** As reports and messages have it. */
  readonly name: string;
  /** It goes on until it is interrupted. */
  readonly isLive: boolean;
  /** @see CliDeps.readCapture */
  readonly read: (
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    onPause: () => void | Promise<void>,
  ) => Promise<void>;
}

export interface DecodeOptions extends DecryptOptions, ReportOptions {
  readonly packets?: true;
  readonly verbose?: true;
  readonly hex?: true;
  readonly count?: number;
  readonly filter?: string;
  readonly utc?: true;
}

export function fileSource(path: string, deps: CliDeps): PacketSource {
  return { name: path, isLive: false, read: (...reading) => deps.readCapture(path, ...reading) };
}

/** @throws NetError when a source cannot be opened, or the output not be written */
export async function decodeSources(
  sources: readonly PacketSource[],
  options: DecodeOptions,
  deps: CliDeps,
): Promise<ExitCode> {
  const condition = readFilter(options.filter);
  for (const name of ['verbose', 'hex', 'utc'] as const) {
    if (options[name] && !options.packets) throw usage(`--${name} needs --packets`);
  }
  const isJson = options.json === true || options.jsonStream === true;
  if (isJson && options.packets) throw usage('--packets is text: leave out --json and --json-stream');
  if (options.json && options.jsonStream) throw usage('--json or --json-stream, not both');
  const keys = await DecodeKeys.open(
    options,
    deps,
    sources.some(({ isLive }) => isLive),
  );
  const abort = new AbortController();
  const output = await openOutput(deps, {}, () => abort.abort(new Enough()));
  const join = FileJoin.of(sources, options);
  let interrupted = false;
  const removeListener = deps.onSignal((signal) => {
    // The second one does not wait for anything.
    if (interrupted) deps.kill(signal);
    interrupted = true;
    abort.abort(new Enough());
  });
  let code: ExitCode = EXIT.ok;
  let innerFailure: NetError | null = null;
  try {
    for (const source of sources) {
      if (abort.signal.aborted) break;
      const problem = await decodeSource(source, condition, options, {
        output,
        keys,
        join,
        isOneOfSeveral: sources.length > 1,
        signal: abort.signal,
      });
      if (problem === null) continue;
      deps.stderr.write(`winze: ${quoted(source.name)}: ${quoted(problem)}\n`);
      code = EXIT.partial;
    }
  } finally {
    removeListener();
    innerFailure = await keys.finish();
  }
  if (join !== null) output.write(join.text());
  const failure = (await output.finish()) ?? innerFailure;
  if (failure !== null) throw failure;
  return interrupted && !sources.some(({ isLive }) => isLive) ? EXIT.partial : code;
}

interface Surroundings {
  readonly output: Output;
  readonly keys: DecodeKeys;
  /** `null`: there are not two captures to compare. */
  readonly join: FileJoin | null;
  readonly isOneOfSeveral: boolean;
  readonly signal: AbortSignal;
}

/** @returns what is wrong with the source, or `null` */
async function decodeSource(
  source: PacketSource,
  condition: Condition | null,
  options: DecodeOptions,
  { output, keys, join, isOneOfSeveral, signal }: Surroundings,
): Promise<string | null> {
  const file = source.name;
  const reader = new CaptureReader();
  const recogniser = new Recogniser(MAX_FLOWS, keys.amnezia);
  const view = options.packets
    ? createPacketView(options, output)
    : new ReportView(options, output, file, reader, recogniser);
  const isWanted =
    condition && ((record: CaptureRecord, layers: LayerStack) => matches(condition, record.frame, layers));
  const fileKeys = new FileKeys(keys, { reader, file, isOneOfSeveral, view, isWanted });
  join?.beginFile();
  const steps = new PacketSteps({
    dissector: new Dissector({ recogniser }),
    keys,
    fileKeys,
    mayWait: !source.isLive,
    count: options.count ?? Number.POSITIVE_INFINITY,
    onDissected:
      join &&
      ((record, stack) => {
        if (isWanted === null || isWanted(record, stack)) join.add(record, stack);
      }),
    // A reader that is slower than we are must not fill our memory.
    drained: () => output.drained(),
  });
  const onPause = async (): Promise<void> => {
    await steps.drain();
    view.onPause();
  };
  try {
    await source.read(reader, (record) => steps.take(record), signal, onPause);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  await steps.drain();
  await fileKeys.finish();
  view.onEnd(fileKeys.report());
  if (!options.packets && !options.json && !options.jsonStream) output.write(fileKeys.text());
  const { fault } = reader;
  return fault === null ? null : `frame ${fault.frame}, offset ${fault.fileOffset}: ${fault.words}`;
}

function readFilter(text: string | undefined): Condition | null {
  if (text === undefined) return null;
  const parsed = parseFilter(text, (word) => parseIp(word)?.octets);
  if (!parsed.ok) throw usage(`--filter: ${quoted(parsed.problem)}`);
  return parsed.condition;
}
