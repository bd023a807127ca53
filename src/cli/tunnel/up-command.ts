/**
 * `winze tunnel up CONF`: brings a tunnel up, in the foreground or with `--daemon` in the background.
 *
 * @module
 */

import { Command } from 'commander';
import { cannotWrite } from '../../core/cannot-write.ts';
import { messageOf, NetError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { streamErrorLine } from '../../report/json.ts';
import { checkText } from '../../report/tunnel/tunnel-check.ts';
import { upEventJson } from '../../report/tunnel/tunnel-event-json.ts';
import { upEventWords } from '../../report/tunnel/tunnel-up-words.ts';
import type { OutputFile } from '../../run/decode/decode-ports.ts';
import type { Finding } from '../../tunnel/config/check/finding.ts';
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-codes.ts';
import { configPath, deviceOf } from '../options/config-path.ts';
import { usage } from '../options/usage.ts';
import { stopOnSignal } from '../stop.ts';
import { isoTime } from '../terminal/iso-time.ts';
import { createMessages } from '../terminal/messages.ts';
import { openOutput } from '../terminal/output.ts';
import { findingsOf } from './check-command.ts';
import { readConfigFile } from './config-file.ts';
import type { TunnelContext } from './context.ts';
import { absolute, addDaemonOptions, type DaemonOptions, refuseLogFile, startBeside } from './daemon-options.ts';
import { LineBudget } from './line-budget.ts';
import { needLinux } from './linux-only.ts';
import { addThreads } from './threads-option.ts';

interface UpCommandOptions extends DaemonOptions {
  readonly keylog?: string;
  readonly jsonStream?: true;
  readonly threads?: number;
  readonly quiet?: true;
  /** True unless `--no-reresolve` was given. */
  readonly reresolve: boolean;
}

/** Creates the command. It runs until the tunnel is stopped, or with `--daemon` until the tunnel is up. */
export function upCommand({ deps, finish }: TunnelContext): Command {
  const command = new Command('up')
    .description('bring a tunnel up and carry it until Ctrl-C; everything is undone then')
    .argument('<CONF>', 'configuration file of wg-quick(8), or the name of one in /etc/wireguard')
    .option('--json-stream', 'print events as JSON, one object a line')
    .option('--keylog <FILE>', "write the session keys for Wireshark: who has them can read the tunnel's traffic")
    .option('--no-reresolve', "keep the address of an endpoint's name when handshakes are not answered")
    .option('-q, --quiet', 'print warnings and failures only');
  return addThreads(addDaemonOptions(command)).action(async (word: string, options: UpCommandOptions) => {
    needLinux('up', deps);
    refuseLogFile(options);
    if (options.daemon) return finish(await startBeside(deps, options, argumentsOf(word, options)));
    await up(deps, word, options);
    finish(EXIT.ok);
  });
}

/**
 * Only a second Ctrl-C ends the program while it takes the tunnel down. A second SIGTERM may come from another `down`, or
 * from a service manager, which do not intend that.
 */
function isCtrlC(signal: string): boolean {
  return signal === 'SIGINT';
}

/** The same arguments without `--daemon`, with absolute paths. */
function argumentsOf(
  word: string,
  { keylog, threads, reresolve, quiet, pidFile }: UpCommandOptions,
): readonly string[] {
  const path = configPath(word);
  return [
    'up',
    ...(keylog === undefined ? [] : ['--keylog', absolute(keylog)]),
    ...(threads === undefined ? [] : ['--threads', `${threads}`]),
    ...(reresolve ? [] : ['--no-reresolve']),
    ...(quiet ? ['--quiet'] : []),
    ...(pidFile === undefined ? [] : ['--pid-file', absolute(pidFile)]),
    // A name may begin with a hyphen.
    ...['--', path === word ? absolute(word) : word],
  ];
}

async function up(deps: CliDeps, word: string, options: UpCommandOptions): Promise<void> {
  const { keylog, jsonStream, threads = null, quiet, reresolve, pidFile } = options;
  const name = deviceOf(word);
  const config = await readSoundConfig(deps, word, name);
  const messages = createMessages(deps, quiet ? { quiet } : {});
  const log = keylog === undefined ? null : await openKeylog(deps, keylog, messages.say);
  const output = await openOutput(deps, {}, () => {});
  const stop = stopOnSignal(
    deps,
    () => messages.watch('taking the tunnel down; once more Ctrl-C does not wait for it'),
    isCtrlC,
  );
  const lines = new LineBudget(messages.progress);
  const onEvent = (event: UpEvent): void => {
    if (jsonStream) output.write(upEventJson(event, isoTime(deps.wallTime())));
    const words = upEventWords(event);
    if (words === null) return;
    if (event.tag === 'warning') messages.say(words);
    else if (event.tag === 'tunnel') lines.say(words, event.event);
    else if (event.tag !== 'step') messages.progress(words);
    else if (!quiet) deps.stderr.write(`${words}\n`);
    if (event.tag === 'up') deps.started();
  };
  try {
    const { up: bringUp } = await deps.tunnel();
    const openConfig = (path: string) => deps.openOutput(path, 'secret');
    const files = {
      configPath: absolute(configPath(word)),
      openConfig,
      pidFile: pidFile === undefined ? null : absolute(pidFile),
    };
    const onKeylog = log?.write ?? null;
    await bringUp({ name, config, ...files, threads, reresolve, signal: stop.signal, onEvent, onKeylog });
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

/** Findings that are printed. */
const MOST_FINDINGS = 20;

const bySeverity = (a: Finding, b: Finding): number => Number(b.severity === 'error') - Number(a.severity === 'error');

/** Reads the configuration and prints its findings. @throws NetError `ERR_USAGE` if the file has errors */
async function readSoundConfig(deps: CliDeps, word: string, device: string) {
  const file = await readConfigFile(deps, word);
  const findings = (await findingsOf(deps, file, device)).filter(
    // `up` checks the MTU that it chooses itself.
    ({ severity, key, line }) => severity !== 'info' && !(key === 'MTU' && line === 0),
  );
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  // If there are too many findings, the errors are printed first.
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

/** Opens the key log. The first failure to write to it is reported, and nothing more is written. */
async function openKeylog(deps: CliDeps, path: string, say: (message: string) => void) {
  let file: OutputFile;
  try {
    file = await deps.openSecretOutput(path);
  } catch (error) {
    throw cannotWrite('--keylog', path, error);
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
