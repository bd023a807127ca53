/**
 * Options of the commands that can run in the background, and how they start this program again.
 *
 * @module
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';
import { usage } from '../options/usage.ts';
import { stopOnSignal } from '../stop.ts';

/** Values of these options. */
export interface DaemonOptions {
  readonly daemon?: true;
  readonly pidFile?: string;
  readonly logFile?: string;
}

/** Adds the options to a command. */
export function addDaemonOptions(command: Command): Command {
  return command
    .addOption(new Option('--daemon', 'return when it is up, and go on without a terminal').conflicts('jsonStream'))
    .option('--pid-file <FILE>', 'write the number of the process while it is up')
    .option('--log-file <FILE>', 'with --daemon: where its messages go (default the journal, or syslog)');
}

/** The absolute path of a file. A process in the background has another working folder. */
export function absolute(path: string): string {
  return resolve(path);
}

/**
 * Starts this program again in the background with the same arguments, and waits until it is up.
 *
 * @param argv - arguments after `winze tunnel`, without `--daemon` and `--log-file`
 * @returns 0 if it is up; if not, its exit status
 */
export async function startBeside(
  deps: CliDeps,
  { logFile }: DaemonOptions,
  argv: readonly string[],
): Promise<ExitCode> {
  const stop = stopOnSignal(deps, () => {});
  try {
    const { startDaemon } = await deps.tunnel();
    const status = await startDaemon({
      argv: ['tunnel', ...argv],
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
  if (logFile !== undefined && !daemon) throw usage('--log-file goes with --daemon; without, redirect: 2>> FILE');
}
