/**
 * Lines on stderr.
 *
 * @module
 */
import { messageOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { CliDeps } from '../deps.ts';
import type { Options } from '../options/option-table.ts';

/** Longest message shown. Messages can quote the other end, which may send anything. */
const MESSAGE_LENGTH = 600;
/** With the program's name before it, one line of a terminal. */
const STATUS_LENGTH = 70;
/** ECMA-48: carriage return, erase to the end of the line. */
const ERASE_LINE = '\r\x1b[K';

export interface Messages {
  /** A failure or a warning: always shown. */
  readonly say: (message: string) => void;
  /** What happens meanwhile: not with `-q`. */
  readonly progress: (message: string) => void;
  /** What happens meanwhile, for a person who watches: only on a terminal. */
  readonly watch: (message: string) => void;
  /**
   * What is going on now, until the next message of any kind or `null`: one line of a terminal.
   *
   * @returns whether it is shown; false where nobody would see it
   */
  readonly status: (message: string | null) => boolean;
  /** Only with `-debug`. */
  readonly debug: (what: unknown) => void;
}

/** Creates the writer of messages, each on one line that begins with the program's name. */
export function createMessages({ stderr, env }: Pick<CliDeps, 'stderr' | 'env'>, options: Options): Messages {
  const hasStatus = stderr.isTTY && env.TERM !== 'dumb' && !options.quiet && !options.debug;
  let erase = '';
  const say = (message: string): void => {
    stderr.write(`${erase}winze: ${printable(message, MESSAGE_LENGTH)}\n`);
    erase = '';
  };
  const progress = (message: string): void => {
    if (!options.quiet) say(message);
  };
  return {
    say,
    progress,
    watch: (message) => {
      if (stderr.isTTY) progress(message);
    },
    status: (message) => {
      const text = message === null ? '' : `winze: ${printable(message, STATUS_LENGTH)}`;
      if (hasStatus && erase + text !== '') stderr.write(erase + text);
      erase = hasStatus && message !== null ? ERASE_LINE : '';
      return hasStatus;
    },
    debug: (what) => {
      if (options.debug) stderr.write(`${what instanceof Error ? traceOf(what) : JSON.stringify(what)}\n`);
    },
  };
}

/** Where an error arose, and what caused it. */
function traceOf(error: Error): string {
  const lines = (error.stack ?? messageOf(error)).split('\n');
  // A message may quote what the server said.
  const own = lines.map((line) => printable(line, 500)).join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by ${traceOf(error.cause)}` : own;
}
