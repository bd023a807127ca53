/**
 * Runs this program as a daemon: starts it again in a session of its own, and waits until it is ready.
 *
 * ```text
 * fd 0, 1  /dev/null                fd 2  the log: a file, the journal, or logger(1)
 * fd 3     a pipe to the caller: messages, and a zero octet when it is ready
 * ```
 *
 * Snippets inherit fd 2 for their output, so it stays open as long as any of them runs.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { failedStart } from '../../system/files/failed-start.ts';
import { withAdvice } from '../../system/system-advice.ts';

/** How to start the daemon. */
export interface DaemonOptions {
  /** Arguments for this program. */
  readonly argv: readonly string[];
  /** File for messages; `null` for the journal, or syslog. */
  readonly logFile: string | null;
  /** Ends the daemon before it is ready. */
  readonly signal: AbortSignal;
  /** Called with its messages until it is ready. */
  readonly onText: (text: string) => void;
}

/** Sockets of the journal and of syslog; tests use others. */
export interface LogPlaces {
  readonly journal: string;
  readonly syslog: string;
}

const PLACES: LogPlaces = { journal: '/run/systemd/journal/stdout', syslog: '/dev/log' };
const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
const READY = 0;
/** LOG_INFO of syslog(3). */
const PRIORITY = 6;
/** Mode of a new log file: only its owner may read about peers. */
const LOG_MODE = 0o600;

interface Log {
  readonly stdio: number | Socket | 'ignore';
  /** Whether the daemon must put the time before each line. */
  readonly stamped: boolean;
  readonly close: () => void;
}

/**
 * Starts the daemon. Returns 0 when it is ready, otherwise its exit status.
 *
 * @throws NetError `ERR_UNSUPPORTED` when it cannot be started, or the log cannot be opened
 */
export async function startDaemon(options: DaemonOptions, places: LogPlaces = PLACES): Promise<number> {
  const { argv, logFile, signal, onText } = options;
  const log = logFile === null ? await systemLog(places) : fileLog(logFile);
  if (log.stdio === 'ignore') {
    onText(
      'winze: warning: there is neither a journal nor syslog here, so what it says later is lost; --log-file FILE keeps it\n',
    );
  }
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...argv], {
    cwd: '/',
    detached: true,
    env: { ...process.env, WINZE_STARTER: log.stamped ? 'stamped' : 'plain' },
    stdio: ['ignore', 'ignore', log.stdio, 'pipe'],
  });
  const end = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  try {
    return await readiness(child, onText);
  } finally {
    signal.removeEventListener('abort', end);
    log.close();
    child.unref();
  }
}

async function readiness(child: ChildProcess, onText: (text: string) => void): Promise<number> {
  const failed = failedStart(child);
  if (failed) throw cannotStart(await failed);
  const pipe = child.stdio[3] as Socket;
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(cannotStart(error)));
    // `close` is emitted after all data of the pipe was read.
    child.once('close', (status, by) => {
      if (status === null) onText(`winze: it was ended by ${by} before it was ready\n`);
      resolve(status ?? 70);
    });
  });
  const ready = new Promise<number>((resolve) => {
    pipe.on('data', (octets: Buffer) => {
      const at = octets.indexOf(READY);
      if (at !== 0) onText(octets.toString('utf8', 0, at < 0 ? octets.length : at));
      if (at < 0) return;
      pipe.destroy();
      resolve(0);
    });
  });
  return Promise.race([ready, exit]);
}

function cannotStart(error: Error): NetError {
  return new NetError('ERR_UNSUPPORTED', `cannot start a process: ${withAdvice(error)}`, { cause: error });
}

/** @throws NetError `ERR_UNSUPPORTED` */
function fileLog(path: string): Log {
  try {
    // Without O_NONBLOCK, a pipe without a reader would block this process, also for signals. With it, open(2) fails
    // with ENXIO.
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, LOG_MODE);
    return { stdio: fd, stamped: true, close: () => closeSync(fd) };
  } catch (error) {
    const words = systemCodeOf(error) === 'ENXIO' ? `${path} is a pipe that nobody reads` : messageOf(error);
    throw new NetError('ERR_UNSUPPORTED', `--log-file: ${words}`, { cause: error });
  }
}

async function systemLog({ journal, syslog }: LogPlaces): Promise<Log> {
  return (await journalLog(journal)) ?? (existsSync(syslog) ? await loggerLog(syslog) : null) ?? NO_LOG;
}

const NO_LOG: Log = { stdio: 'ignore', stamped: false, close: () => {} };

/**
 * Connects to the journal as systemd-cat(1) does: after some header lines, each line is an entry
 * (sd_journal_stream_fd(3)).
 */
async function journalLog(path: string): Promise<Log | null> {
  if (!existsSync(path)) return null;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    // Identifier, unit, priority, priorities in lines, and copies to syslog, the kernel and the console.
    await new Promise<void>((resolve) => socket.write(`winze\n\n${PRIORITY}\n0\n0\n0\n0\n`, () => resolve()));
  } catch {
    // The journal is not running.
    return null;
  }
  return { stdio: socket, stamped: false, close: () => void socket.destroy() };
}

/** Starts logger(1), which makes an entry of each line, and ends when the last process has closed its pipe. */
async function loggerLog(path: string): Promise<Log | null> {
  const argv = ['-t', 'winze', '-p', 'daemon.info', '-u', path];
  const logger = spawn('logger', argv, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  if (await failedStart(logger)) return null;
  try {
    await once(logger, 'spawn');
  } catch {
    // Not installed.
    return null;
  }
  const stdin = logger.stdin as unknown as Socket;
  stdin.on('error', () => {});
  logger.unref();
  return { stdio: stdin, stamped: false, close: () => void stdin.destroy() };
}
