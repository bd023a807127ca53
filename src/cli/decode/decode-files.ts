/**
 * Reads captures, and prints their packets or a summary.
 *
 * @module
 */
import { Dissector } from '../../capture/dissect.ts';
import { CaptureReader } from '../../capture/file/capture-reader.ts';
import { matches } from '../../capture/filter/match-filter.ts';
import { type Condition, parseFilter } from '../../capture/filter/parse-filter.ts';
import { createLayerStack } from '../../capture/layer-stack.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { SummaryCounter } from '../../capture/summary.ts';
import { parseIp } from '../../core/address.ts';
import { LineWriter } from '../../report/decode/line-writer.ts';
import { PacketPrinter } from '../../report/decode/packet-lines.ts';
import { summaryText } from '../../report/decode/summary-text.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Output, openOutput } from '../output.ts';
import { quoted, usage } from '../usage.ts';

export interface DecodeOptions {
  readonly packets?: true;
  readonly verbose?: true;
  readonly hex?: true;
  readonly count?: number;
  readonly filter?: string;
  readonly utc?: true;
}

/** Text is handed on in pieces of this size. */
const FLUSH_BYTES = 64 * 1024;

/** Raised to leave a capture early. */
class Enough extends Error {}

/** What a run does with each packet, and at the end of each file. */
interface View {
  onPacket(record: CaptureRecord, stack: ReturnType<typeof createLayerStack>): void;
  onEnd(name: string): void;
}

/** @throws NetError when a file cannot be opened, or the output not be written */
export async function decodeFiles(files: readonly string[], options: DecodeOptions, deps: CliDeps): Promise<ExitCode> {
  const condition = readFilter(options.filter);
  for (const name of ['verbose', 'hex', 'utc'] as const) {
    if (options[name] && !options.packets) throw usage(`--${name} needs --packets`);
  }
  const abort = new AbortController();
  const output = await openOutput(deps, {}, () => abort.abort(new Enough()));
  let interrupted = false;
  const removeListener = deps.onSignal((signal) => {
    // The second one does not wait for anything.
    if (interrupted) deps.kill(signal);
    interrupted = true;
    abort.abort(new Enough());
  });
  let code: ExitCode = EXIT.ok;
  try {
    for (const file of files) {
      if (abort.signal.aborted) break;
      const problem = await decodeFile(file, condition, options, { deps, output, signal: abort.signal });
      if (problem === null) continue;
      deps.stderr.write(`winze: ${quoted(file)}: ${quoted(problem)}\n`);
      code = EXIT.partial;
    }
  } finally {
    removeListener();
  }
  const failure = await output.finish();
  if (failure !== null) throw failure;
  return interrupted ? EXIT.partial : code;
}

interface Surroundings {
  readonly deps: CliDeps;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** @returns what is wrong with the file, or `null` */
async function decodeFile(
  file: string,
  condition: Condition | null,
  options: DecodeOptions,
  { deps, output, signal }: Surroundings,
): Promise<string | null> {
  const reader = new CaptureReader();
  const dissector = new Dissector();
  const stack = createLayerStack();
  const view = options.packets ? packetView(options, output) : summaryView(output);
  let left = options.count ?? Number.POSITIVE_INFINITY;
  const onRecord = (record: CaptureRecord): void => {
    dissector.dissect(record, stack);
    if (condition !== null && !matches(condition, record.frame, stack)) return;
    view.onPacket(record, stack);
    if (--left === 0) throw new Enough();
  };
  try {
    await deps.readCapture(file, reader, onRecord, signal);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  view.onEnd(quoted(file));
  const { fault } = reader;
  return fault === null ? null : `frame ${fault.frame}, offset ${fault.fileOffset}: ${fault.words}`;
}

function packetView({ verbose, hex, utc }: DecodeOptions, output: Output): View {
  const out = new LineWriter();
  const utcOffsetS = utc ? () => 0 : (seconds: number) => -60 * new Date(seconds * 1000).getTimezoneOffset();
  const printer = new PacketPrinter(out, { verbose: verbose === true, hex: hex === true, utcOffsetS });
  const flush = (): void => output.writeBytes(out.take().slice());
  return {
    onPacket: (record, stack) => {
      printer.print(record, stack);
      if (out.length >= FLUSH_BYTES) flush();
    },
    onEnd: flush,
  };
}

function summaryView(output: Output): View {
  const counter = new SummaryCounter();
  return {
    onPacket: (record, stack) => counter.add(record, stack),
    onEnd: (name) => output.write(summaryText(name, counter.result())),
  };
}

function readFilter(text: string | undefined): Condition | null {
  if (text === undefined) return null;
  const parsed = parseFilter(text, (word) => parseIp(word)?.octets);
  if (!parsed.ok) throw usage(`--filter: ${quoted(parsed.problem)}`);
  return parsed.condition;
}
