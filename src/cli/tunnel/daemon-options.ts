/**
 * Options of the commands that carry a tunnel, and how they start this program again in the background.
 *
 * @module
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { usageError } from '../../core/errors.ts';
import { wholeNumber } from '../../options/values/values.ts';
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';
import { argumentParser } from '../parsing/run-program.ts';
import { stopOnSignal } from '../stop.ts';

/** Values of these options. */
export interface DaemonOptions {
  readonly threads?: number;
  readonly quiet?: true;
  readonly daemon?: true;
  readonly pidFile?: string;
  readonly logFile?: string;
}

/** The options that the process in the background is given, and the log file of that process. */
interface RepeatedOptions extends DaemonOptions {
  readonly keylog?: string;
  readonly reresolve?: boolean;
}

/** Adds the options to a command. */
export function addDaemonOptions(command: Command): Command {
  return command
    .option('-q, --quiet', 'print warnings and failures only')
    .addOption(new Option('--daemon', 'return when it is up, and go on without a terminal').conflicts('jsonStream'))
    .option('--pid-file <FILE>', 'write the number of the process while it is up')
    .option('--log-file <FILE>', 'with --daemon: where its messages go (default the journal, or syslog)')
    .addOption(
      new Option('--threads <N>', 'threads that encrypt, 1 to 16 (default what suits this host)').argParser(
        argumentParser(wholeNumber(1, 16)),
      ),
    );
}

/** The absolute path of a file. A process in the background has another working folder. */
export function absolute(path: string): string {
  return resolve(path);
}

/**
 * Starts this program again in the background with the same arguments, and waits until it is up.
 *
 * @param command - the command of `winze tunnel`
 * @param name - its argument
 * @returns 0 if it is up; if not, its exit status
 */
export async function startBeside(
  deps: CliDeps,
  command: string,
  { keylog, threads, reresolve, quiet, pidFile, logFile }: RepeatedOptions,
  name: string,
): Promise<ExitCode> {
  const options = {
    '--keylog': keylog && absolute(keylog),
    '--threads': threads?.toString(),
    '--no-reresolve': reresolve === false,
    '--quiet': quiet,
    '--pid-file': pidFile && absolute(pidFile),
  };
  const words = Object.entries(options).flatMap(([option, value]) =>
    value === undefined || value === false ? [] : value === true ? [option] : [option, value],
  );
  const stop = stopOnSignal(deps, () => {});
  try {
    const { startDaemon } = await deps.tunnel();
    const status = await startDaemon({
      // The name may begin with a hyphen.
      argv: ['tunnel', command, ...words, '--', name],
      logFile: logFile === undefined ? null : absolute(logFile),
      signal: stop.signal,
      onText: (text) => deps.stderr.write(text),
    });
    return status as ExitCode;
  } finally {
    stop.dispose();
  }
}

/** Refuses `--log-file` without `--daemon`. @throws NetError `ERR_USAGE` */
export function refuseLogFile({ daemon, logFile }: DaemonOptions): void {
  if (logFile !== undefined && !daemon) throw usageError('--log-file goes with --daemon; without, redirect: 2>> FILE');
}
