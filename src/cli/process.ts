/**
 * The program as a process. This is the only file of the command line that uses the global `process`.
 *
 * @module
 */
import { constants as osConstants } from 'node:os';
import { isatty } from 'node:tty';
import type { DecodePorts } from '../run/decode/decode-ports.ts';
import { monotonicNow } from '../run/monotonic.ts';
import { openResultFile } from '../run/output/result-file.ts';
import { screenPort } from '../run/output/screen-port.ts';
import { dataStream, fileModeOf, readBounded } from '../run/output/standard-streams.ts';
import { StarterPipe } from '../run/tunnel/starter-pipe.ts';
import { removeUnfinished } from '../system/files/replaced-file.ts';
import { isKeptFromHangup } from '../system/hangup.ts';
import type { CliDeps } from './deps.ts';
import { EXIT } from './exit-codes.ts';
import { main } from './main.ts';

/** Longest time that open handles may keep the process alive after its result was written. */
const LINGER_MS = 2000;
/** Added to the number of a signal, the exit status that a shell shows for a process which that signal ended. */
const SIGNAL_EXIT = 128;

/** Runs the command line of this process and sets its exit status. */
export async function runProcess(
  entries: DecodePorts &
    Pick<CliDeps, 'connect' | 'serve' | 'openMetrics' | 'openExporter' | 'probe' | 'lab' | 'buildFacts' | 'tunnel'>,
): Promise<void> {
  // If nobody reads the messages any more, the program goes on without them.
  process.stderr.on('error', () => {});
  const writeMessage = (text: string): void => void process.stderr.write(text);
  const starter = StarterPipe.take(process.env, writeMessage, () => new Date().toISOString());
  const screen = isatty(0) && isatty(1) ? screenPort(process.stdin, process.stdout, suspend) : null;
  // However the program ends, the terminal is as it was.
  process.on('exit', () => screen?.leave());
  const deps: CliDeps = {
    ...entries,
    stdout: dataStream(process.stdout),
    stderr: starter?.stream ?? { isTTY: process.stderr.isTTY === true, write: writeMessage },
    screen,
    env: process.env,
    platform: process.platform,
    readStdin: (limit) => readBounded(process.stdin, limit),
    stdoutFileMode: () => fileModeOf(process.stdout.fd, process.platform),
    openOutput: openResultFile,
    now: monotonicNow,
    onSignal,
    started: starter && (() => starter.ready()),
    kill: (signal) => {
      screen?.leave();
      kill(signal);
    },
  };
  // By default Node opens its inspector on this signal, and whoever reaches that port can run code.
  process.on('SIGUSR1', () => {});
  // By default Node exits with 1, which here means that an expectation was not met.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`winze: internal error: ${error.stack ?? error.message}\n`);
    removeUnfinished();
    process.exit(EXIT.internal);
  });
  const argv = process.argv.slice(2);
  heedHangup(argv);
  process.exitCode = await main(argv, deps);
  // A test that was cut short may leave a worker blocked in a system call. This timer does not keep
  // the process alive, it only ends one that something else keeps alive.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** SIGHUP always stops these commands, even without a terminal: `tunnel up` then undoes its changes to the host. */
const ENDED_BY_HANGUP = ['tunnel', 'decode', 'capture', 'exporter'];
let stoppedBy: readonly (typeof SIGNALS)[number][] = SIGNALS;

/**
 * Ignores SIGHUP under nohup(1), and in a test none of whose standard streams is a terminal: not every nohup can be
 * detected, and without a terminal there is nothing that could hang up.
 */
function heedHangup([command = '']: readonly string[]): void {
  const isDetached = ![0, 1, 2].some((descriptor) => isatty(descriptor));
  if (!isKeptFromHangup() && (!isDetached || ENDED_BY_HANGUP.includes(command))) return;
  stoppedBy = SIGNALS.filter((signal) => signal !== 'SIGHUP');
  process.on('SIGHUP', () => {});
}

function onSignal(listener: (signal: string) => void): () => void {
  for (const signal of stoppedBy) process.on(signal, listener);
  return () => {
    for (const signal of stoppedBy) process.off(signal, listener);
  };
}

/** Stops this process as Ctrl-Z does. The call returns when it continues (SIGCONT). */
function suspend(): void {
  if (process.platform !== 'win32') process.kill(process.pid, 'SIGTSTP');
}

/**
 * Sends the signal to this process without a listener, so that it has its default effect. Unlike `process.exit()` this
 * does not wait for a thread that is blocked in a system call. A shell shows 130 for SIGINT.
 */
function kill(signal: string): void {
  removeUnfinished();
  // Windows has no signals: the status would be 1, which here means that an expectation was not met, and SIGHUP fails
  // with ENOSYS. No thread is blocked in a system call there.
  if (process.platform === 'win32') process.exit(SIGNAL_EXIT + (osConstants.signals[signal as NodeJS.Signals] ?? 0));
  for (const name of SIGNALS) process.removeAllListeners(name);
  process.kill(process.pid, signal);
}
