/**
 * The program as a process: with `winze.ts` the only file that touches `process`, and the file system of the
 * command line.
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
/** How long whatever is left open may keep the process after the result is out. */
const LINGER_MS = 2000;
/** With the number of the signal added, what a shell shows of a process that was ended by it. */
const SIGNAL_EXIT = 128;

/** Runs the command line of this process and sets its exit status. */
export async function runProcess(
  entries: DecodePorts & Pick<CliDeps, 'connect' | 'serve' | 'lab' | 'buildFacts' | 'tunnel'>,
): Promise<void> {
  // Nobody reads the messages any more: go on without.
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
  // Node would open its inspector for it, through which whoever reaches the port runs what they like.
  process.on('SIGUSR1', () => {});
  // Node itself would exit with 1, which means that an expectation was not met.
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
        // The callback of a write comes before the error event: give that its turn.
        if (failed) resolve();
        else stream.write('', () => setImmediate(resolve));
      }),
  };
}

/** A reader that leaves ends the waiting too. */
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
    // EBADF: it was closed before we began.
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
/** SIGHUP ends these in good order whatever they are started by: a tunnel is undone by it. */
const ENDED_BY_HANGUP = ['tunnel', 'decode', 'capture'];
let stoppedBy: readonly (typeof SIGNALS)[number][] = SIGNALS;

/**
 * Under nohup a hangup ends nothing. A test that has no terminal at any end goes on too: not every nohup leaves a trace,
 * and there is nothing that could be hung up.
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
 * With no listener left the signal has its usual effect, which does not wait for a thread that is
 * blocked in a system call as `process.exit()` would. A shell shows 130 for SIGINT.
 */
function kill(signal: string): void {
  removeUnfinished();
  // Windows knows signals by name alone: its status would be 1, which means that an expectation was not met, and
  // SIGHUP an error (ENOSYS). No thread is blocked in a system call there.
  if (process.platform === 'win32') process.exit(SIGNAL_EXIT + (osConstants.signals[signal as NodeJS.Signals] ?? 0));
  for (const name of SIGNALS) process.removeAllListeners(name);
  process.kill(process.pid, signal);
}
