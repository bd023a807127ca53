/**
 * Runs programs of the system: by argument vectors, never through a shell.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { NetError, systemCodeOf } from '../../core/errors.ts';

export interface CommandOptions {
  readonly input?: string;
  /** Ends the command. */
  readonly signal?: AbortSignal;
}

const KEPT_CHARACTERS = 2000;
/** Replies of ip(8) and wg(8) are larger only where something is wrong. */
const MAX_OUTPUT_CHARACTERS = 16 * 1024 * 1024;
/** Descriptor of our standard error: what snippets print is no result of ours. */
const STDERR = 2;

/** Runs a command to its end and returns what it printed. @throws NetError `ERR_UNSUPPORTED` with its own words */
export function runCommand(argv: readonly string[], { input = '', signal }: CommandOptions = {}): Promise<string> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], ...(signal && { signal }) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MAX_OUTPUT_CHARACTERS) stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(program, error)));
    child.once('close', (status, by) => {
      if (status === 0) return resolve(stdout);
      const why = (stderr.trim() || stdout.trim()).slice(-KEPT_CHARACTERS).replace(/\s*\n\s*/g, '; ');
      const end = by ?? `exit status ${status}`;
      reject(new NetError('ERR_UNSUPPORTED', `${argv.join(' ')}: ${why === '' ? end : why}`));
    });
    // EPIPE of one that reads nothing; its exit status tells.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Runs a snippet of a configuration file in bash(1), as wg-quick(8) does. @throws NetError `ERR_UNSUPPORTED` */
export function runHook(snippet: string, signal?: AbortSignal): Promise<void> {
  const child = spawn('bash', ['-c', snippet], {
    stdio: ['ignore', STDERR, STDERR],
    ...(signal && { signal }),
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure('bash', error)));
    child.once('exit', (status, by) => {
      if (status === 0) resolve();
      else reject(new NetError('ERR_UNSUPPORTED', `${snippet}: ${by ?? `exit status ${status}`}`));
    });
  });
}

function startFailure(program: string, error: Error): NetError {
  if (error.name === 'AbortError') return new NetError('ERR_ABORTED', `${program} was ended`, { cause: error });
  const missing = systemCodeOf(error) === 'ENOENT';
  const where = program === 'ip' ? ' (package iproute2)' : '';
  const why = missing ? `is not installed${where}` : `cannot be started: ${error.message}`;
  return new NetError('ERR_UNSUPPORTED', `${program} ${why}`, { cause: error });
}
