/**
 * Options of the commands that go on beside their caller, and what they make of the command line.
 *
 * @module
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';
import { usage } from '../options/usage.ts';
import { stopOnSignal } from '../stop.ts';

export interface DaemonOptions {
  readonly daemon?: true;
  readonly pidFile?: string;
  readonly logFile?: string;
}

export function addDaemonOptions(command: Command): Command {
  return command
    .addOption(new Option('--daemon', 'return when it is up, and go on without a terminal').conflicts('jsonStream'))
    .option('--pid-file <FILE>', 'write the number of the process while it is up')
    .option('--log-file <FILE>', 'with --daemon: where its messages go (default the journal, or syslog)');
}

/** A path of the user, as it is from another folder. */
export function absolute(path: string): string {
  // What the process was given has no other name.
  return resolve(path);
}

/**
 * Starts this program again with the same arguments, and waits until it is up.
 *
 * @param argv - after `winze tunnel`, without `--daemon` and `--log-file`
 * @returns its exit status; 0 while it goes on
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

/** @throws NetError `ERR_USAGE` */
export function refuseLogFile({ daemon, logFile }: DaemonOptions): void {
  if (logFile !== undefined && !daemon) throw usage('--log-file goes with --daemon; without, redirect: 2>> FILE');
}
