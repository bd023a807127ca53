/**
 * `winze tunnel up CONF`: a tunnel in the foreground.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { messageOf, NetError } from '../../core/errors.ts';
import { streamErrorLine } from '../../report/json.ts';
import { checkText } from '../../report/tunnel-check.ts';
import { upEventJson } from '../../report/tunnel-event-json.ts';
import { upEventWords } from '../../report/tunnel-up-words.ts';
import type { Finding } from '../../tunnel/config/finding.ts';
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import type { CliDeps, OutputFile } from '../deps.ts';
import { EXIT } from '../exit-codes.ts';
import { isoTime } from '../iso-time.ts';
import { createMessages } from '../messages.ts';
import { openOutput } from '../output.ts';
import { stopOnSignal } from '../stop.ts';
import { quoted, usage } from '../usage.ts';
import { wholeNumber } from '../values.ts';
import { findingsOf } from './check-command.ts';
import { deviceOf, readConfigFile } from './config-file.ts';
import { LineBudget } from './line-budget.ts';
import type { TunnelContext } from './program.ts';

interface UpCommandOptions {
  readonly keylog?: string;
  readonly jsonStream?: true;
  readonly threads?: number;
  readonly quiet?: true;
  /** True unless `--no-reresolve` was given. */
  readonly reresolve: boolean;
}

export function upCommand({ deps, finish }: TunnelContext): Command {
  return new Command('up')
    .description('bring a tunnel up and carry it until Ctrl-C; everything is undone then')
    .argument('<CONF>', 'configuration file of wg-quick(8), or the name of one in /etc/wireguard')
    .option('--json-stream', 'print events as JSON, one object a line')
    .option('--keylog <FILE>', "write the session keys for Wireshark: who has them can read the tunnel's traffic")
    .addOption(
      new Option('--threads <N>', 'threads that encrypt, 1 to 16 (default what suits this host)').argParser(
        wholeNumber(1, 16),
      ),
    )
    .option('--no-reresolve', "keep the address of an endpoint's name when handshakes are not answered")
    .option('-q, --quiet', 'print warnings and failures only')
    .action(async (word: string, options: UpCommandOptions) => {
      await up(deps, word, options);
      finish(EXIT.ok);
    });
}

async function up(deps: CliDeps, word: string, options: UpCommandOptions): Promise<void> {
  const { keylog, jsonStream, threads = null, quiet, reresolve } = options;
  const name = deviceOf(word);
  const config = await readSoundConfig(deps, word, name);
  const messages = createMessages(deps, quiet ? { quiet } : {});
  const log = keylog === undefined ? null : await openKeylog(deps, keylog, messages.say);
  const output = await openOutput(deps, {}, () => {});
  const stop = stopOnSignal(deps, () =>
    messages.watch('taking the tunnel down; once more Ctrl-C does not wait for it'),
  );
  const lines = new LineBudget(messages.progress);
  const onEvent = (event: UpEvent): void => {
    if (jsonStream) output.write(upEventJson(event, isoTime(deps.wallTime())));
    const words = upEventWords(event);
    if (words === null) return;
    if (event.tag === 'warning') messages.say(words);
    else if (event.tag === 'tunnel') lines.say(words, deps.wallTime().seconds);
    else if (event.tag !== 'step') messages.progress(words);
    else if (!quiet) deps.stderr.write(`${words}\n`);
  };
  try {
    const { up: bringUp } = await deps.tunnel();
    await bringUp({ name, config, threads, reresolve, signal: stop.signal, onEvent, onKeylog: log?.write ?? null });
  } catch (error) {
    if (jsonStream && error instanceof NetError) output.write(`${streamErrorLine(error)}\n`);
    throw error;
  } finally {
    stop.dispose();
    lines.tellLeftOut();
    await log?.close();
    const failure = await output.finish();
    if (failure !== null) messages.say(failure.message);
  }
}

/** Of findings that are printed. */
const MOST_FINDINGS = 20;

const bySeverity = (a: Finding, b: Finding): number => Number(b.severity === 'error') - Number(a.severity === 'error');

/** @throws NetError `ERR_USAGE` when the file has errors, which are printed before */
async function readSoundConfig(deps: CliDeps, word: string, device: string) {
  const file = await readConfigFile(deps, word);
  const findings = (await findingsOf(deps, file, device)).filter(({ severity }) => severity !== 'info');
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  // The errors first, should there be too many to show.
  const shown = findings.length > MOST_FINDINGS ? findings.toSorted(bySeverity).slice(0, MOST_FINDINGS) : findings;
  deps.stderr.write(checkText(file.path, shown));
  if (findings.length > shown.length) {
    const more = `${findings.length - shown.length} findings more; all of them: winze tunnel check`;
    deps.stderr.write(`winze: ${quoted(file.path)}: ${more}\n`);
  }
  if (errors > 0)
    throw usage(`${quoted(file.path)} has ${errors === 1 ? 'an error' : `${errors} errors`}; nothing was done`);
  return file.parsed.config;
}

/** A log that can no longer be written is told of once. */
async function openKeylog(deps: CliDeps, path: string, say: (message: string) => void) {
  let file: OutputFile;
  try {
    file = await deps.openSecretOutput(path);
  } catch (error) {
    throw usage(`--keylog ${quoted(path)}: cannot open the file: ${messageOf(error)}`, { cause: error });
  }
  say(
    `warning: --keylog: who reads ${quoted(path)} can decrypt everything that this tunnel carries; remove it after use`,
  );
  let last = Promise.resolve();
  let failed = false;
  return {
    write: (line: string): void => {
      last = last
        .then(() => (failed ? undefined : file.write(`${line}\n`)))
        .catch((error: unknown) => {
          failed = true;
          say(`cannot write ${quoted(path)}: ${messageOf(error)}; the tunnel goes on without a key log`);
        });
    },
    close: async (): Promise<void> => {
      await last;
      await file.close();
    },
  };
}
