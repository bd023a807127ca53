/**
 * The program as a process: with `winze.ts` the only file that touches `process`, and the file system of the
 * command line.
 *
 * @module
 */
import { fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { openPrivateFile } from '../system/private-file.ts';
import type { CliDeps, DataStream, OutputFile } from './deps.ts';
import { EXIT } from './exit-codes.ts';
import { main } from './main.ts';

const DRAINED = ['drain', 'error', 'close'];
/** How long whatever is left open may keep the process after the result is out. */
const LINGER_MS = 2000;

/** Runs the command line of this process and sets its exit status. */
export async function runProcess(
  entries: Pick<
    CliDeps,
    'connect' | 'serve' | 'lab' | 'tunnel' | 'readCapture' | 'captureLive' | 'captureCrypto' | 'openingThreads'
  >,
): Promise<void> {
  // Nobody reads the messages any more: go on without.
  process.stderr.on('error', () => {});
  const deps: CliDeps = {
    ...entries,
    stdout: dataStream(process.stdout),
    stderr: { isTTY: process.stderr.isTTY === true, write: (text) => void process.stderr.write(text) },
    env: process.env,
    readFile,
    readStdin,
    stdoutFileMode,
    openOutput,
    openSecretOutput,
    wallTime,
    onSignal,
    kill,
  };
  // Node itself would exit with 1, which means that an expectation was not met.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`winze: internal error: ${error.stack ?? error.message}\n`);
    process.exit(EXIT.internal);
  });
  process.exitCode = await main(process.argv.slice(2), deps);
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

/** Reads at most `limit` bytes: the user may name a device that never ends. */
async function readFile(path: string, limit: number): ReturnType<CliDeps['readFile']> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(limit);
    let length = 0;
    while (length < limit) {
      const { bytesRead } = await file.read(buffer, length, limit - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const mode = process.platform === 'win32' ? null : (await file.stat()).mode & 0o777;
    const bytes = buffer.slice(0, length);
    // What was read may be a secret, and whoever reads it zeroes `bytes` alone.
    buffer.fill(0, 0, length);
    return { bytes, mode };
  } finally {
    await file.close();
  }
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

function wallTime(): ReturnType<CliDeps['wallTime']> {
  const milliseconds = Date.now();
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1e6 };
}

async function openOutput(path: string): Promise<OutputFile> {
  return outputTo(await open(path, 'w'));
}

async function openSecretOutput(path: string): Promise<OutputFile> {
  return outputTo(await openPrivateFile(path));
}

function outputTo(file: FileHandle): OutputFile {
  return {
    write: async (text) => void (await file.appendFile(text)),
    writeBytes: async (bytes) => void (await file.appendFile(bytes)),
    close: () => file.close(),
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function onSignal(listener: (signal: string) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

/**
 * With no listener left the signal has its usual effect, which does not wait for a thread that is
 * blocked in a system call as `process.exit()` would. A shell shows 130 for SIGINT.
 */
function kill(signal: string): void {
  for (const name of SIGNALS) process.removeAllListeners(name);
  process.kill(process.pid, signal);
}
