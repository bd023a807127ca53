/**
 * Runs commands in the network namespace of one end of the lab.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { NetError, systemCodeOf } from '../../../core/errors.ts';
import { failedStart } from '../../../system/files/failed-start.ts';

/** A command that runs during the tests. */
export interface Service {
  readonly pid: number;
  /** Resolves with its last line of output when it has ended, for whatever reason. */
  readonly ended: Promise<string>;
}

/** One end of the lab. */
export interface Side {
  /**
   * Runs a command and returns its output.
   *
   * @throws NetError `ERR_UNSUPPORTED` if it fails, or takes more than 15 s
   */
  run(argv: readonly string[], input?: string): Promise<string>;
  /**
   * Starts a command.
   *
   * @param name - of the command, for messages
   * @throws NetError `ERR_UNSUPPORTED` if there is no such program
   */
  start(argv: readonly string[], name: string): Promise<Service>;
}

/** No command here takes long; one that does is stuck. */
const TIMEOUT_MS = 15_000;
const KEPT_CHARACTERS = 2000;

/** The end in whose namespace this process runs. */
export const LOCAL_SIDE: Side = { run, start };

function run(argv: readonly string[], input = ''): Promise<string> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  const failed = failedStart(child);
  if (failed) return failed.then((error) => Promise.reject(startFailure(command, error)));
  const [stdout, stderr] = [lastOf(child.stdout), lastOf(child.stderr)];
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(command, error)));
    child.once('close', (status, signal) => {
      if (status === 0) return resolve(stdout());
      const why = stderr().trim() || stdout().trim() || `ended by ${signal ?? `exit status ${status}`}`;
      reject(new NetError('ERR_UNSUPPORTED', `${argv.join(' ')}: ${why}`));
    });
    // EPIPE if the command does not read its input; the exit status is what counts.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function start(argv: readonly string[], name: string): Promise<Service> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const failed = failedStart(child);
  if (failed) return failed.then((error) => Promise.reject(startFailure(name, error)));
  const [stdout, stderr] = [lastOf(child.stdout), lastOf(child.stderr)];
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(name, error)));
    child.once('spawn', () => {
      const ended = new Promise<string>((settle) => {
        child.once('close', (status, signal) => {
          const said = lastLine(stderr()) || lastLine(stdout());
          settle(said === '' ? `${name} ended (${signal ?? `exit status ${status}`})` : said);
        });
      });
      resolve({ pid: child.pid ?? 0, ended });
    });
  });
}

/** The last line of a program's output; winze puts its name before it. */
function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').replace(/^winze: /, '');
}

/** Reads a stream to its end, and keeps its last characters. */
function lastOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-KEPT_CHARACTERS);
  });
  return () => text;
}

function startFailure(command: string, error: Error): NetError {
  const missing = systemCodeOf(error) === 'ENOENT';
  const why = missing ? 'is not installed' : `cannot be started: ${error.message}`;
  return new NetError('ERR_UNSUPPORTED', `${command} ${why}`, { cause: error });
}
