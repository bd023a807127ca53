/**
 * Messages on standard error.
 *
 * @module
 */
import { messageOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Options } from '../../options/option-table.ts';
import type { CliDeps } from '../deps.ts';

/** Longest message. Messages can quote the other end, which may send anything. */
const MESSAGE_LENGTH = 600;
/** Longest status: with the name of the program, it has to fit in one line of a terminal. */
const STATUS_LENGTH = 70;
/** Carriage return, and erase to the end of the line (ECMA-48, EL). */
const ERASE_LINE = '\r\x1b[K';

/** The writer of messages. */
export interface Messages {
  /** Prints a failure or a warning. */
  readonly say: (message: string) => void;
  /** Prints progress, unless `-q` was given. */
  readonly progress: (message: string) => void;
  /** Prints progress on a terminal only, unless `-q` was given. */
  readonly watch: (message: string) => void;
  /**
   * Shows what is going on now, in one line of a terminal, which the next message of any kind, or `null`, removes.
   *
   * @returns whether standard error can show it
   */
  readonly status: (message: string | null) => boolean;
  /** Prints an event, or an error with its stack, if `-debug` was given. */
  readonly debug: (what: unknown) => void;
}

/** Creates the writer of messages. Each is one line that begins with the name of the program. */
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

/** The stack of an error and of its causes. */
function traceOf(error: Error): string {
  const lines = (error.stack ?? messageOf(error)).split('\n');
  // A message may quote the server.
  const own = lines.map((line) => printable(line, 500)).join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by ${traceOf(error.cause)}` : own;
}
