/**
 * The program as a process. This is the only file of the command line that uses the global `process`.
 *
 * @module
 */
import { constants, fstatSync, lstatSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import type { DecodePorts } from '../run/decode/decode-ports.ts';
import { givenPath } from '../system/files/private-file.ts';
import { cannotCreate, openReplacedFile, removeUnfinished } from '../system/files/replaced-file.ts';
import { openWriteEnd } from '../system/files/write-end.ts';
import { isKeptFromHangup } from '../system/hangup.ts';
import type { CliDeps, DataStream, ResultFile } from './deps.ts';
import { EXIT } from './exit-codes.ts';
import { main } from './main.ts';
import { StarterPipe } from './starter-pipe.ts';

const DRAINED = ['drain', 'error', 'close'];
/** Longest time that open handles may keep the process alive after its result was written. */
const LINGER_MS = 2000;
/** Added to the number of a signal, the exit status that a shell shows for a process which that signal ended. */
const SIGNAL_EXIT = 128;

/** Runs the command line of this process and sets its exit status. */
export async function runProcess(
  entries: DecodePorts & Pick<CliDeps, 'connect' | 'serve' | 'lab' | 'buildFacts' | 'tunnel'>,
): Promise<void> {
  // If nobody reads the messages any more, the program goes on without them.
  process.stderr.on('error', () => {});
  const writeMessage = (text: string): void => void process.stderr.write(text);
  const starter = StarterPipe.take(process.env, writeMessage, () => new Date().toISOString());
  const deps: CliDeps = {
    ...entries,
    stdout: dataStream(process.stdout),
    stderr: starter?.stream ?? { isTTY: process.stderr.isTTY === true, write: writeMessage },
    env: process.env,
    platform: process.platform,
    readStdin,
    stdoutFileMode,
    openOutput,
    onSignal,
    started: () => starter?.ready(),
    kill,
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

function dataStream(stream: NodeJS.WriteStream): DataStream {
  const listeners: ((error: unknown) => void)[] = [];
  let failed = false;
  stream.on('error', (error) => {
    failed = true;
    for (const listener of listeners) listener(error);
  });
  return {
    isTTY: stream.isTTY === true,
    columns: stream.isTTY ? stream.columns : undefined,
    write: (text) => void stream.write(text),
    writeBytes: (bytes, onWritten) => void stream.write(bytes, onWritten),
    drained: () => (stream.writableNeedDrain && !failed ? drainOf(stream) : undefined),
    onFailure: (listener) => void listeners.push(listener),
    flush: () =>
      new Promise((resolve) => {
        // The callback of a failed write comes before the error event.
        if (failed) resolve();
        else stream.write('', () => setImmediate(resolve));
      }),
  };
}

/** Settles when the stream takes more, or its reader has left. */
function drainOf(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of DRAINED) stream.off(event, settle);
      resolve();
    };
    for (const event of DRAINED) stream.once(event, settle);
  });
}

async function readStdin(limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    if (length >= limit) break;
  }
  return new Uint8Array(Buffer.concat(parts).subarray(0, limit));
}

function stdoutFileMode(): number | null {
  try {
    const stat = fstatSync(process.stdout.fd);
    return stat.isFile() && process.platform !== 'win32' ? stat.mode & 0o777 : null;
  } catch {
    // EBADF: standard output was closed before the program started.
    return null;
  }
}

async function openOutput(path: string, kind: 'result' | 'secret' | 'log'): Promise<ResultFile> {
  if (kind !== 'log') return openReplacedFile(path, kind === 'secret');
  const file = await openWriteEnd(givenPath(path) ?? path, constants.O_APPEND | constants.O_CREAT).catch(
    (error: unknown) => {
      throw lstatSync(path, { throwIfNoEntry: false }) ? error : cannotCreate(error, dirname(path));
    },
  );
  const close = (): Promise<void> => file.close();
  return { write: async (text) => void (await file.appendFile(text)), commit: close, discard: close };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** SIGHUP always stops these commands, even without a terminal: `tunnel up` then undoes its changes to the host. */
const ENDED_BY_HANGUP = ['tunnel', 'decode', 'capture'];
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
