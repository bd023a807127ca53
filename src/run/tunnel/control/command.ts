/**
 * Runs programs of the system, with argument vectors and without a shell.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { NetError, systemCodeOf } from '../../../core/errors.ts';
import { failedStart } from '../../../system/files/failed-start.ts';
import { programPath } from '../../../system/files/program-path.ts';
import { withAdvice } from '../../../system/system-advice.ts';

/** Options of `runCommand`. */
export interface CommandOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Ends the command. */
  readonly signal?: AbortSignal;
  /** The output is returned for any exit status. */
  readonly anyStatus?: true;
}

const KEPT_CHARACTERS = 2000;
/** Limit on the output; ip(8) and wg(8) print more only if something is wrong. */
const MAX_OUTPUT_CHARACTERS = 16 * 1024 * 1024;
/** Our standard error, for the output of snippets, which is not part of our results. */
const STDERR = 2;

/**
 * Runs a command and returns its standard output.
 *
 * @throws NetError `ERR_UNSUPPORTED` with its message on stderr, if it fails or cannot be started; `ERR_ABORTED` if the
 * signal ended it
 */
export function runCommand(
  argv: readonly string[],
  { input = '', signal, anyStatus }: CommandOptions = {},
): Promise<string> {
  const [program = '', ...rest] = argv;
  const child = spawn(programPath(program), rest, { stdio: ['pipe', 'pipe', 'pipe'], ...(signal && { signal }) });
  const failed = failedStart(child);
  if (failed) return failed.then((error) => Promise.reject(startFailure(program, error)));
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
      if (status === 0 || anyStatus) return resolve(stdout);
      const why = (stderr.trim() || stdout.trim()).slice(-KEPT_CHARACTERS).replace(/\s*\n\s*/g, '; ');
      const end = by ?? `exit status ${status}`;
      reject(new NetError('ERR_UNSUPPORTED', `${argv.join(' ')}: ${why === '' ? end : why}${adviceOn(why)}`));
    });
    // EPIPE if the command does not read its input; the exit status is what counts.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/**
 * Runs a snippet of a configuration file (PostUp and the like) in bash(1), as wg-quick(8) does.
 *
 * @throws NetError `ERR_UNSUPPORTED` if it fails; `ERR_ABORTED` if the signal ended it
 */
export function runHook(
  snippet: string,
  options: { readonly detached?: true; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const child = spawn('bash', ['-c', snippet], {
    stdio: ['ignore', STDERR, STDERR],
    ...options,
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(startFailure('bash', error)));
    child.once('exit', (status, by) => {
      if (status === 0) resolve();
      else reject(new NetError('ERR_UNSUPPORTED', `${snippet}: ${by ?? `exit status ${status}`}`));
    });
  });
}

/** Messages of strerror(3) that ip(8), nft(8) and others print, each with advice. */
const ADVICE: readonly (readonly [words: RegExp, advice: string])[] = [
  [/operation not permitted/i, 'run as root, or with CAP_NET_ADMIN'],
  [
    /file exists/i,
    'there is such a one already: see ip route, ip address and ip rule, and remove it or change the file',
  ],
  [/read-only file system/i, 'it is read-only here, as in containers: set it from outside'],
  [/(?:device or )?resource busy/i, 'something else uses it: end that first'],
  [
    /operation not supported|protocol not supported|no such file or directory/i,
    'this kernel may do without that: load the module, or remove the key from the file',
  ],
  [/cannot find device|no such device/i, 'the device has gone: see ip link'],
  [/network is unreachable|invalid gateway/i, 'there is no route to it from here: see ip route'],
];

function adviceOn(why: string): string {
  const advice = ADVICE.find(([words]) => words.test(why))?.[1];
  return advice === undefined ? '' : `; ${advice}`;
}

function startFailure(program: string, error: Error): NetError {
  if (error.name === 'AbortError') return new NetError('ERR_ABORTED', `${program} was ended`, { cause: error });
  const missing = systemCodeOf(error) === 'ENOENT';
  const where = program === 'ip' ? ' (package iproute2)' : '';
  const why = missing ? `is not installed${where}` : `cannot be started: ${withAdvice(error)}`;
  return new NetError('ERR_UNSUPPORTED', `${program} ${why}`, { cause: error });
}
